"""What others would publish an article with: a page of Wagtail, with its pages kept in a cache or not, and what Pelican writes."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.servers import Failed, Server, gunicorn, nginx

SETTINGS = """
import os
from pathlib import Path

SECRET_KEY = "a secret for benchmarks only, never for a site"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = [
    "article", "wagtail.users", "wagtail.images", "wagtail.documents", "wagtail.search", "wagtail.admin", "wagtail.sites",
    "wagtail", "taggit", "modelcluster", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
]
CACHED = "CACHED" in os.environ  # whole pages, by Django's own middleware, in each process; what is withheld stays in it
if CACHED:
    MIDDLEWARE.insert(0, "django.middleware.cache.UpdateCacheMiddleware")
    MIDDLEWARE.append("django.middleware.cache.FetchFromCacheMiddleware")
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
}]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "db.sqlite3", "CONN_MAX_AGE": None,
}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WAGTAIL_SITE_NAME = "Wagtail"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
STATIC_URL = "/static/"
USE_TZ = True
"""
MODELS = """
from django.db import models
from wagtail.models import Page


class ArticlePage(Page):
    body = models.TextField()
"""
FILL = """
import sys

import django

django.setup()
from django.core.management import call_command

call_command("makemigrations", "article", verbosity=0)
call_command("migrate", verbosity=0)
from article.models import ArticlePage
from wagtail.models import Site

title, body = sys.stdin.read().split("\\n", 1)
Site.objects.get().root_page.add_child(instance=ArticlePage(title=title, slug="page", body=body))
"""
WAGTAIL = {
    "settings.py": SETTINGS,
    "urls.py": 'from django.urls import include, path\nfrom wagtail import urls\n\nurlpatterns = [path("", include(urls))]\n',
    "serve.py": "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n",
    "fill.py": FILL,
    "article/__init__.py": "",
    "article/models.py": MODELS,
    "article/templates/article/article_page.html": (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{{ page.title }}</title></head>'
        "<body><main><h1>{{ page.title }}</h1>{{ page.body|safe }}</main></body></html>\n"
    ),
}


@contextlib.contextmanager
def wagtail(folder: Path, workers: int, python: str, title: str, body: str, *, is_cached: bool) -> Iterator[Server]:
    """Serve an article as a page of Wagtail on SQLite, its template as short as can be, under gunicorn.

    With `is_cached` whole pages are kept for ten minutes, as its handbook advises: then one that is withheld goes on being shown.
    """
    _write(folder, WAGTAIL)
    settings = {"DJANGO_SETTINGS_MODULE": "settings"} | ({"CACHED": "1"} if is_cached else {})
    _run([python, "fill.py"], folder, settings, f"{title}\n{body}")
    with gunicorn(folder, str(Path(python).with_name("gunicorn")), "serve:application", workers, settings, "page/") as (
        url,
        pid,
    ):
        yield Server(f"Wagtail, {'pages cached: stale' if is_cached else 'no cache'}, gunicorn", url, (pid,))


@contextlib.contextmanager
def pelican(
    folder: Path, workers: int, python: str, title: str, body: str, headers: list[tuple[str, str]]
) -> Iterator[Server]:
    """Serve what Pelican makes of an article, in the theme that comes with it, under nginx and the headers that ours has."""
    head = (
        f'<head><title>{title}</title><meta name="date" content="2026-01-01"><meta name="slug" content="page"></head>'
    )
    _write(folder, {"content/page.html": f"<html>{head}<body>{body}</body></html>"})
    _run([python, "-m", "pelican", "content", "-o", "output"], folder, {}, "")
    page = (folder / "output" / "page.html").read_bytes()
    with nginx(folder, workers, page, headers, f"Pelican's page of {len(page):,} bytes, nginx") as server:
        yield server


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _run(command: Sequence[str], folder: Path, settings: dict[str, str], given: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | settings, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)}: pip install --group bench, or --python PATH\n{done.stderr[-1500:]}")
