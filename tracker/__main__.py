"""The `tracker` command, by that name and as `python -m tracker`."""

import gc

gc.disable()  # nothing of what is loaded now is ever thrown away; to look for it takes a sixth of the start

from tracker.cli import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
