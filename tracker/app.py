"""create_app: settings, extensions, blueprints, errors, commands."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from tracker import clock
from tracker.db import configure, db, refuse_network_folder, transaction
from tracker.edge import Edge
from tracker.mail import mailer
from tracker.page_reader import reader
from tracker.reads import Reads
from tracker.render.site import Site
from tracker.services import heat, touched
from tracker.turn import Turn
from tracker.views import (
    access,
    account,
    arranging,
    batches,
    canned,
    case_acts,
    case_data,
    case_work,
    cases,
    desk,
    desk_search,
    errors,
    factors,
    figures,
    findings,
    guide,
    health,
    initiative,
    intake,
    keys,
    opinions,
    ordering,
    outcomes,
    people,
    pictures,
    proposals,
    publisher,
    queue,
    receipts,
    records,
    redress,
    report,
    rules,
    samples,
    saved,
    search,
    sending,
    settings,
    sharing,
    sign_in,
    transparency,
    verify,
)
from tracker.views import site as site_view
from tracker.views.access import MAX_FIELDS

MEGABYTE = 1024 * 1024

BLUEPRINTS = (
    account,
    arranging,
    batches,
    canned,
    case_acts,
    case_work,
    case_data,
    cases,
    desk,
    desk_search,
    factors,
    figures,
    findings,
    guide,
    health,
    initiative,
    intake,
    keys,
    opinions,
    outcomes,
    ordering,
    people,
    pictures,
    proposals,
    publisher,
    queue,
    receipts,
    records,
    redress,
    report,
    rules,
    samples,
    saved,
    search,
    sending,
    sharing,
    sign_in,
    settings,
    site_view,
    transparency,
    verify,
)


def create_app(config: Config) -> Flask:
    """Return the application for these settings, with the edge in front of it."""
    app = Flask(__name__, static_folder=None)
    app.config.update(_flask_settings(config))
    if config.clock_file:
        clock.follow(Path(config.clock_file))
    app.extensions["config"] = config
    app.extensions["site"] = site = Site(config)
    _database(app, config)
    touched.install()
    CSRFProtect(app)
    mailer.init_app(app)
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    access.install(app)
    errors.install(app)
    with app.app_context():
        read = reader(db.engine.url)
    app.extensions["reads"] = reads = _reads(app)
    is_https = config.base_url.startswith("https")
    edge = Edge(app.wsgi_app, read, site.assets.values(), is_https=is_https, seen=reads.seen)
    app.extensions["edge"] = edge
    app.wsgi_app = edge  # type: ignore[method-assign]
    if config.proxies:
        n = config.proxies
        app.wsgi_app = ProxyFix(edge, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def _reads(app: Flask) -> Reads:
    def store(counted: Mapping[str, int]) -> None:
        with app.app_context(), transaction():
            heat.add(counted)

    return Reads(store)


def _flask_settings(config: Config) -> dict[str, object]:
    is_https = config.base_url.startswith("https")
    return {
        "SECRET_KEY": config.secret_key,
        "SECRET_KEY_FALLBACKS": list(config.old_secret_keys),
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": not config.database_url.startswith("sqlite"),
            "pool_use_lifo": True,  # what the last writer's connection holds in memory is good until another one writes
            "hide_parameters": True,  # an error in a log holds no names, answers or password hashes
        },
        "TRUSTED_HOSTS": [urlsplit(config.base_url).hostname] if config.production else None,
        "MAX_CONTENT_LENGTH": 110 * MEGABYTE,  # ten files of ten, and the words
        "MAX_FORM_MEMORY_SIZE": 12 * MEGABYTE,  # a text too long is answered beside its field, not with 413
        "MAX_FORM_PARTS": MAX_FIELDS,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form left open overnight still sends
        "WTF_CSRF_CHECK_DEFAULT": False,  # `desk` and `account` ask for it; public forms have no session to ride on
        "SESSION_COOKIE_NAME": "__Host-form" if is_https else "form",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    }


def _database(app: Flask, config: Config) -> None:
    is_sqlite = config.database_url.startswith("sqlite")
    if is_sqlite:
        for folder in (config.data, Path(config.database_url.removeprefix("sqlite:///")).parent):
            refuse_network_folder(folder)
    app.extensions["turn"] = Turn(config.data / "writer.lock") if is_sqlite else None
    db.init_app(app)
    with app.app_context():
        configure(db.engine)
