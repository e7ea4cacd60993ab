"""A moderator who has only a keyboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyotp
from flask import Flask
from playwright.sync_api import Page, Request, expect

from tests.journeys.conftest import Running
from tests.staff import PASSWORD, make_member
from tracker.db import transaction
from tracker.domain.roles import Role
from tracker.services import totp

EMAIL = "mei@example.org"


@dataclass
class Keyboard:
    """Presses keys and nothing else, and counts: commands and movements apart from the characters of texts."""

    page: Page
    commands: int = 0
    characters: int = 0
    server: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("requestfinished", self._answered)

    def _answered(self, request: Request) -> None:
        if request.resource_type == "document":
            self.server.append(request.timing["responseStart"] - request.timing["requestStart"])

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.commands += 1

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.characters += len(text)

    @contextmanager
    def leads_on(self) -> Iterator[None]:
        """What is pressed in here opens another page, which is there afterwards."""
        with self.page.expect_navigation():
            yield

    def go(self, *keys: str) -> None:
        with self.leads_on():
            self.press(*keys)


def member_with_app(running: Running, desk: Flask) -> pyotp.TOTP:
    """Make a moderator who has set up an app; return what the app shows."""
    site, before = desk.extensions["site"], running.now()
    mei = make_member(EMAIL, Role.MODERATOR)
    with transaction():
        totp.begin(site, mei, before)
    found = totp.pending(site, mei)
    assert found
    secret = pyotp.TOTP(found.secret)
    with transaction():
        totp.confirm(site, mei, secret.at(before), before)
    running.forward(31)  # a code is taken once
    return secret


def sign_in(keys: Keyboard, running: Running, desk: Flask) -> None:
    """Sign in with a password and a code."""
    app = member_with_app(running, desk)
    page = keys.page
    page.goto(running.url + "/account/sign-in")
    while not page.evaluate("document.activeElement.name === 'email'"):
        keys.press("Tab")
    keys.write(EMAIL)
    keys.press("Tab")
    keys.write(PASSWORD)
    keys.go("Enter")
    while not page.evaluate("document.activeElement.name === 'code'"):
        keys.press("Tab")
    keys.write(app.at(running.now()))
    keys.go("Enter")
    expect(page.locator(".lines")).to_be_visible()
