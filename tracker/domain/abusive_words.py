"""Words that hurt whoever has to read them all day: a short list, in Chinese of both scripts and English, masked on the desk.

Only what is abusive wherever it stands; words with an honest use as well (催收, 诈骗, 骗子) are what cases are about and
stay. A word longer than another that it holds may be listed in `HARMLESS` to be left alone.
"""

CHINESE: tuple[str, ...] = (
    "傻逼", "傻屄", "傻比", "傻叉", "煞笔", "煞逼", "脑残", "智障", "弱智", "白痴", "蠢货", "蠢猪", "废物",
    "垃圾人", "人渣", "败类", "畜生", "畜牲", "禽兽不如", "狗东西", "狗娘养", "狗杂种", "杂种", "野种", "贱人", "贱货",
    "贱婢", "婊子", "骚货", "荡妇", "妓女养", "娼妇", "臭不要脸", "不要脸的东西", "王八蛋", "王八羔子", "龟孙", "混账东西",
    "混蛋", "滚犊子", "他妈的", "他妈逼", "你妈逼", "你妈的", "妈了个逼", "操你", "草你妈", "艹你", "日你妈", "干你娘",
    "肏你", "去你妈", "死全家", "全家死光", "断子绝孙", "不得好死", "去死吧", "弄死你", "砍死你", "打死你", "杀你全家",
    "杀了你", "孤儿玩意", "鸡巴", "阉了你", "强奸你", "轮奸你",
)  # fmt: skip

TRADITIONAL: tuple[str, ...] = (
    "煞筆", "腦殘", "白癡", "蠢貨", "蠢豬", "廢物", "敗類", "禽獸不如", "狗東西", "狗娘養", "狗雜種", "雜種", "野種", "賤人",
    "賤貨", "賤婢", "騷貨", "蕩婦", "妓女養", "娼婦", "臭不要臉", "不要臉的東西", "龜孫", "混賬東西", "混帳東西", "滾犢子", "他媽的", "他媽逼",
    "你媽逼", "你媽的", "媽了個逼", "草你媽", "日你媽", "幹你娘", "幹你孃", "去你媽", "斷子絕孫", "殺你全家", "殺了你", "孤兒玩意",
    "雞巴", "閹了你", "強姦你", "輪姦你",
)  # fmt: skip
"""Those of the list that are written otherwise in traditional characters; a test compares."""

ENGLISH: tuple[str, ...] = (
    "asshole", "arsehole", "bastard", "bitch", "bullshit", "cunt", "cocksucker", "dickhead", "dipshit", "dumbass",
    "faggot", "fuck", "fucked", "fucker", "fucking", "motherfucker", "motherfucking", "nigger", "nigga", "piece of shit",
    "prick", "pussy", "retard", "retarded", "scumbag", "shithead", "slut", "son of a bitch", "spastic", "subhuman",
    "tranny", "twat", "wanker", "whore", "kill you", "kill yourself", "rape you", "hang yourself",
)  # fmt: skip

HARMLESS: tuple[str, ...] = (
    "操你的心",
    "废物利用",
    "废物处理",
    "废物管理",
    "固体废物",
    "危险废物",
    "智障人士",
    "智障儿童",
    "智障者",
    "廢物利用",
    "廢物處理",
    "廢物管理",
    "固體廢物",
    "危險廢物",
    "智障兒童",
)
"""Stretches in which a listed word means something else."""
