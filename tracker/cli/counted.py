"""How many of something there are, in English."""


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun: 1 file, 2 files."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"
