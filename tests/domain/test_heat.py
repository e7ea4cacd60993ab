"""Heat: the steps in which it is shown, and what counts as a read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.heat import STEPS, is_browser, is_read, shown, turns_at

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("reads", "degrees"),
    [
        (0, 0), (1, 1), (3, 3), (9, 9), (10, 10), (11, 10), (12, 12), (14, 12), (19, 15), (39, 30), (99, 80),
        (100, 100), (1999, 1500), (2000, 2000), (999_999_999, 800_000_000), (10**9, 10**9), (10**12, 10**9),
    ],
)  # fmt: skip
def test_reads_are_shown_by_steps(reads: int, degrees: int) -> None:
    assert shown(reads) == degrees


@given(st.integers(0, 10**9))
def test_what_is_shown_was_reached_and_is_more_than_three_quarters_of_it(reads: int) -> None:
    assert reads * 3 < shown(reads) * 4 or reads == 0
    assert shown(reads) <= reads
    assert shown(turns_at(shown(reads)) - 1) == shown(reads)
    assert shown(turns_at(shown(reads))) > shown(reads) or reads == 10**9


def test_a_page_changes_at_most_ten_times_while_its_reads_grow_tenfold() -> None:
    assert list(STEPS) == sorted(set(STEPS))
    for step in STEPS[10:]:
        assert sum(step < other <= 10 * step for other in STEPS) <= 10, step
    assert turns_at(STEPS[-1]) > 10**12


READERS = [
    CHROME,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; NOH-AN00; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile "
    "Safari/537.36 XWEB/1160117 MMWEBSDK/20240501 MicroMessenger/8.0.50.2700(0x2800323C) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN",
    "Mozilla/5.0 (Linux; U; Android 11; zh-cn; PEGM00) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/89.0 MQQBrowser/13.8 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 10; zh-CN; V1986A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0 UCBrowser/15.4 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; HMA-AL00; HMSCore 6.4) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0 HuaweiBrowser/12.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 SP-engine/2.40 baiduboxapp/13.1 (Baidu; P2 15.0)",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
    "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; zh) Presto/2.12.423 Version/12.16",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.2; zh-CN; HUAWEI) U2/1.0.0 UCBrowser/10.7 U2/1.0.0 Mobile",
]  # fmt: skip
ROBOTS = [
    "",
    "curl/8.9.1",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "Werkzeug/3.1",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36 (compatible; Google-InspectionTool/1.0;)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0 Safari/537.36; 360Spider",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (compatible; Dataprovider.com)",
    "Mozilla/4.5 (compatible; HTTrack 3.0x; Windows 98)",
    " Mozilla/5.0",
]  # fmt: skip


@pytest.mark.parametrize("agent", READERS)
def test_a_browser_reads(agent: str) -> None:
    assert is_browser(agent)
    assert is_read({"HTTP_USER_AGENT": agent})


@pytest.mark.parametrize("agent", ROBOTS)
def test_a_robot_does_not(agent: str) -> None:
    assert not is_browser(agent)
    assert not is_read({"HTTP_USER_AGENT": agent})


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({"HTTP_SEC_FETCH_DEST": "document"}, True),
        ({"HTTP_SEC_FETCH_DEST": "document", "HTTP_IF_NONE_MATCH": '"old"'}, True),
        ({"HTTP_SEC_FETCH_DEST": "empty"}, False),
        ({"HTTP_SEC_FETCH_DEST": "iframe"}, False),
        ({"HTTP_SEC_PURPOSE": "prefetch"}, False),
        ({"HTTP_SEC_PURPOSE": "prefetch;prerender", "HTTP_SEC_FETCH_DEST": "document"}, False),
        ({"HTTP_PURPOSE": "prefetch"}, False),
    ],
)
def test_what_is_loaded_ahead_or_for_a_script_is_no_read(headers: dict[str, str], counts: bool) -> None:
    assert is_read({"HTTP_USER_AGENT": CHROME} | headers) is counts


def test_a_request_without_any_header_is_no_read() -> None:
    assert not is_read({})
    assert is_read({"HTTP_USER_AGENT": CHROME + " " * 100_000})
