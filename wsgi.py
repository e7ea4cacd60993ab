"""The WSGI application, with settings from the environment."""

from config import Config
from tracker.app import create_app

app = create_app(Config.from_environment())
