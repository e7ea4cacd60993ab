"""Personal data of many kinds, none of it anybody's: what must not turn up where it does not belong."""

RECOGNISABLE: dict[str, tuple[str, ...]] = {
    "e-mail": ("canary@example.org", "first.last+tag@sub.example.co.uk", "Canary.Bird+tag@mail.example.com"),
    "e-mail in Chinese": ("金丝雀@例子.中国",),
    "e-mail with a wide at": ("canary＠example.com",),
    "mobile": ("13812345678",),
    "mobile with blanks": ("138 1234 5678",),
    "mobile with hyphens": ("138-1234-5678",),
    "mobile with its country": ("+86 138 1234 5678", "+86 138-1234-5678", "+8613812345678"),
    "fixed line": ("010-12345678", "0571-87654321", "010-62345678", "0755-26543210"),
    "fixed line in brackets": ("(010) 12345678", "(021) 62345678"),
    "service line": ("400-820-8820-123456",),
    "telephone in Britain": ("+44 20 7946 0000", "+44 20 7946 0958"),
    "telephone in America": ("+1 (415) 555-2671", "+1 (202) 555-0143"),
    "telephone in Hong Kong": ("+852 9123 4567",),
    "identity card": ("110105194912310021", "110101199003078515"),
    "identity card with X": ("11010519491231002X", "11010119900307851X"),
    "identity card of old": ("110105491231002", "110101900307851"),
    "identity card of Hong Kong": ("A123456(7)", "K123456(7)"),
    "identity number in America": ("078-05-1120", "123-45-6789"),
    "passport, E": ("E12345678",),
    "passport, G": ("G12345678", "G98765432"),
    "travel permit, C": ("C12345678",),
    "travel permit, H": ("H1234567890", "H12345678"),
    "bank card": ("6222021234567890123", "6222021234567890128"),
    "bank card in groups": ("6222 0212 3456 7890 123", "6222 0212 3456 7890 128"),
    "credit card": ("4111 1111 1111 1111",),
    "credit card with hyphens": ("4111-1111-1111-1111",),
    "IBAN": ("GB29NWBK60161331926819", "DE89370400440532013000"),
    "IBAN in groups": ("DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19"),
    "organisation": ("91350100M000100Y43", "91110000600037341L"),
    "organisation with X": ("9144030071526726XG",),
    "number plate": ("粤B12345", "京AD12345", "粤B12345D"),
    "number plate with a dot": ("京A·12345",),
    "IP address": ("192.168.10.20", "192.168.17.23"),
    "MAC address": ("00:1A:2B:3C:4D:5E", "00:1B:44:11:3A:B7"),
    "WeChat": ("微信：canary_bird", "微信号: canary-bird", "微信：canary_wx_01"),
    "weixin": ("weixin: canary_wx_02",),
    "QQ": ("QQ：123456789",),
    "Alipay": ("支付宝账号：canary99",),
    "Alipay by mail": ("支付宝：canary@pay.example",),
    "WhatsApp": ("WhatsApp: canary.bird", "whatsapp: +447700900123"),
    "Telegram": ("telegram: @canarybird", "telegram: @canary_tg"),
    "Weibo": ("微博：canary_weibo",),
    "Douyin": ("抖音号：canarydy88",),
}
"""What can be told by how it looks, in anybody's words."""

NAMES: dict[str, tuple[str, ...]] = {
    "name": ("王建国",),
    "name in Latin letters": ("Wang Jianguo",),
    "postal address": ("北京市朝阳区金丝雀路99号101室",),
}
"""What only whoever it belongs to can tell: taken out where it is an answer about the notifier."""

KINDS: dict[str, tuple[str, ...]] = RECOGNISABLE | NAMES

CANARIES: tuple[str, ...] = tuple(canary for values in RECOGNISABLE.values() for canary in values)
EVERYTHING: tuple[str, ...] = tuple(canary for values in KINDS.values() for canary in values)
