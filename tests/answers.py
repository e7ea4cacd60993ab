"""What a notice and a counter-notice answer, for tests of the rules."""

PLACE = {"addresses": "https://example.org/articles/alpha"}
STORY = {"explanation": "第二段说我公司没有牌照，与事实不符，请更正。"}
TRUTH = {"stmt_truth": "1"}
COUNTER_NOTICE = PLACE | TRUTH | {
    "explanation": "这段文字是我自己写的，有草稿为证，不是抄来的。", "counter_name": "李雷", "signature_name": "李雷",
    "counter_address": "上海市某路2号", "counter_phone": "13900000000", "org_id_no": "91350100M000100Y43",
    "stmt_mistake_perjury": "1", "stmt_jurisdiction_abroad": "1", "stmt_accept_service": "1", "counter_in_us": "no",
}  # fmt: skip
