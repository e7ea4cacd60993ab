"""Errors to pages, in one place. What a person typed is given back with every refusal."""

from typing import Any

from flask import Flask, Response, after_this_request, current_app, g, request
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from tracker import clock
from tracker.db import db, is_passing
from tracker.domain.errors import N_, Busy, DomainError, Incomplete, Paused, TooMany, busy
from tracker.forms.base import Form
from tracker.services import sessions
from tracker.views import access
from tracker.views.http import gettext, page

_DESK = "/desk/"
_NEVER_REPEATED = frozenset({"csrf_token", "password", "new_password", "current", "code", "credential"})

_TITLES = {
    400: N_("请求有误"),
    403: N_("没有权限"),
    404: N_("没有这个页面"),
    405: N_("不支持这种操作"),
    409: N_("有人先改动了"),
    410: N_("已经失效"),
    413: N_("内容太大"),
    422: N_("有内容需要更正"),
    429: N_("太频繁了"),
    500: N_("出错了"),
    503: N_("系统正忙"),
}

_CURE = N_("请返回上一页再试一次。")
_CURES = {
    404: N_("地址可能有误，或者页面已经移走。可以从首页或搜索重新找起。"),
    405: N_("请返回上一页，用页面上的按钮操作。"),
    413: N_("单个文件不超过10 MB，最多10个。请压缩文件或分次提交。"),
    500: N_("问题已经记录。请稍后再试；如果急需联系我们，页面底部有邮箱和电话。"),
}


def install(app: Flask) -> None:
    """Turn every refusal and failure into a page."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(OperationalError, _unreachable)
    app.register_error_handler(PoolTimeout, _unreachable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)


def error_page(status: int, message: str, title: str = "") -> Response:
    """Return the page for a refusal, with the form that was sent so that nothing typed is lost."""
    title = gettext(title or _TITLES.get(status, N_("出错了")))
    is_readable = _is_readable(status)
    sent, files = (_sent(), _files()) if is_readable else ([], [])
    said: dict[str, Any] = {
        "title": title,
        "message": message,
        "sent": sent,
        "typed": [value for _, value in sent if value],
        "files": files,
        "is_desk": request.path.startswith(_DESK),
        "may_resend": status == 503 and is_readable and not files and _is_whole(sent),
    }
    try:
        _recognise(status)
        return page("error.html", status, **said)
    except SQLAlchemyError:  # who is signed in cannot be read: the page is for anybody
        db.session.rollback()
        g.pop("account", None)
        return page("error.html", status, **said)


def _recognise(status: int) -> None:
    """Find who is signed in at the desk where no rule of a route has asked; not while the database does not answer."""
    if status < 500 and "account" not in g and request.path.startswith(_DESK):
        found = sessions.signed_in(access.token(), clock.now())
        g.account = found.account if found else None


def say_when(error: DomainError) -> None:
    """Tell programs when to try again, if that helps; for a view that answers such a refusal with a page of its own."""
    if not isinstance(error, Busy | TooMany):
        return
    seconds = error.seconds

    @after_this_request
    def _say(response: Response) -> Response:
        response.headers["Retry-After"] = str(seconds)
        return response


def refuse(form: Form, error: DomainError) -> int:
    """Put a refusal where it belongs in a form that is shown again; return the status to answer with."""
    say_when(error)
    form.refuse(error.problems if isinstance(error, Incomplete) else {"": error})
    return error.status


def _is_readable(status: int) -> bool:
    """Say whether a form was sent that can be read: one that is too large cannot, whatever it is refused for."""
    if request.method != "POST" or status == 413:
        return False
    try:
        request.form.keys()
    except RequestEntityTooLarge:
        return False
    return True


def _sent() -> list[tuple[str, str]]:
    """Return the fields of the form that was refused, all but secrets."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER_REPEATED]


def _is_whole(sent: list[tuple[str, str]]) -> bool:
    """Say whether the same form can be sent again by a button: half of it would be another act."""
    given = [name for name in request.form if name != "csrf_token"]
    return {name for name, _ in sent} == set(given)


def _files() -> list[str]:
    """Return the names of files that came along: they cannot be given back, so they must be chosen again."""
    return [file.filename for file in request.files.values() if file.filename]


def _refused(error: DomainError) -> Response:
    say_when(error)
    title = N_("暂停了") if isinstance(error, Paused) else ""
    return error_page(error.status, gettext(error.message, **error.values), title=title)


def _unreachable(error: OperationalError | PoolTimeout) -> Response:
    if isinstance(error, OperationalError) and not is_passing(error):
        return _failed(error)
    current_app.logger.warning("the database did not answer: %s", getattr(error, "orig", error))
    return _refused(busy())


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        request.environ["wsgi.input_terminated"] = True
    response = error_page(status, gettext(_CURES.get(status, _CURE)))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _failed(error: Exception) -> Response:
    current_app.logger.error("unexpected error on %s %s", request.method, request.url_rule, exc_info=error)
    return error_page(500, gettext(_CURES[500]))
