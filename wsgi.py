"""The WSGI application, with settings from the environment; each process that imports it stores what it counts."""

from config import Config
from tracker.app import create_app

app = create_app(Config.from_environment())
app.extensions["reads"].keep()
