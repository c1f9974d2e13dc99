"""What a message says, that it fits into an SMS, and signatures by their makers' published examples."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from yufang.dispatch import AlertFacts, alert_text, check_secret, new_secret, short_text, sign_webhook, sms_parts
from yufang.dispatch.signatures import SecretError, sign_dingtalk, sign_feishu

FACTS = AlertFacts(
    tier="high",
    what="储罐区可燃气体浓度超限",
    where="云岭化工 储罐区",
    why="3 号探头 25 %LEL",
    measures=("切断进料阀", "撤离下风向", "启动喷淋", "第四条"),
    procedure="气体泄漏处置规程",
    training="受限空间作业",
    holes=("当前没有现场负责人值班,已改为通知上一级。",),
    level=1,
)


def test_an_alert_says_what_where_why_what_to_do_now_procedure_training_and_link() -> None:
    text = alert_text(FACTS, "zh-CN", link="https://yf.cn/ack/abc", may_answer=True, number="1a2b")
    assert text.title == "【高级预警 · 第 1 次升级】储罐区可燃气体浓度超限"
    for part in ("地点:云岭化工 储罐区", "原因:3 号探头", "1. 切断进料阀", "3. 启动喷淋", "处置规程:", "相关培训:",
                 "没有现场负责人", "点此确认已收到:https://yf.cn/ack/abc", "消息号:1a2b"):  # fmt: skip
        assert part in text.body
    assert "第四条" not in text.body, "three measures are read, ten are not"
    english = alert_text(FACTS, "en", link="https://yf.cn/w/1", may_answer=False, number="1a2b")
    assert english.title.startswith("[High alert, escalation 1]")
    assert "Open: https://yf.cn/w/1" in english.body
    assert "Acknowledge" not in english.body


def test_made_up_data_says_so_in_the_title() -> None:
    from dataclasses import replace

    made_up = alert_text(replace(FACTS, synthetic=True), "zh", link="", may_answer=False, number="1")
    assert made_up.title.startswith("【演示数据】")


@given(
    title=st.text(max_size=300),
    where=st.text(max_size=200),
    link=st.sampled_from(["", "https://yf.cn/ack/" + "a" * 35]),
)
def test_an_sms_fits_and_keeps_its_link_whole(title: str, where: str, link: str) -> None:
    text = short_text(title, where, link)
    assert sms_parts(text) <= 2
    assert text.endswith(link)


def test_one_sms_has_70_ucs2_characters_and_each_of_several_67() -> None:
    assert [sms_parts("字" * n) for n in (1, 70, 71, 134, 135)] == [1, 1, 2, 2, 3]
    assert sms_parts("😀" * 35) == 1, "a character beyond the basic plane takes two"
    assert sms_parts("😀" * 36) == 2


def test_the_webhook_signature_is_that_of_the_specifications_vector() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = sign_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_receiver_that_uses_the_reference_library_takes_it() -> None:
    secret, body = new_secret(b"0123456789abcdef01234567"), '{"标题": "预警"}'
    headers = sign_webhook(secret, "yf_1", datetime.now(UTC), body)
    assert Webhook(secret).verify(body, headers) == {"标题": "预警"}


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_???"])
def test_what_is_no_webhook_secret_is_refused(secret: str) -> None:
    with pytest.raises(SecretError, match="whsec_"):
        check_secret(secret)


def test_robots_sign_with_opposite_keys() -> None:
    """DingTalk signs the text with the secret; Feishu signs nothing with the text."""
    at = datetime.fromtimestamp(1599360473, UTC)
    ding, fei = sign_dingtalk("SEC1", at), sign_feishu("SEC1", at)
    assert ding["timestamp"] == "1599360473000"
    assert fei["timestamp"] == "1599360473"
    assert ding["sign"] == base64.b64encode(hmac.digest(b"SEC1", b"1599360473000\nSEC1", hashlib.sha256)).decode()
    assert fei["sign"] == base64.b64encode(hmac.digest(b"1599360473\nSEC1", b"", hashlib.sha256)).decode()
