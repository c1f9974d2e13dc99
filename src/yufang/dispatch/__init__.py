"""Who is told of an alert, when, by which way, and in which words: chains, rosters, back-off, texts, signatures."""

from yufang.dispatch.chains import (
    Chain,
    ChainError,
    Fallen,
    Level,
    Recipient,
    Rules,
    Told,
    default_rules,
    read_rules,
    tell,
)
from yufang.dispatch.messages import (
    AlertFacts,
    InvitationFacts,
    Text,
    alert_text,
    invitation_text,
    notice_text,
    short_text,
    sms_parts,
)
from yufang.dispatch.rosters import Duty, Gap, ShiftSpan, StandInSpan, gaps, on_duty
from yufang.dispatch.schedule import BackOff, QuietHours, next_try, not_before
from yufang.dispatch.signatures import check_secret, new_secret, sign_webhook
from yufang.dispatch.ways import Way, next_way, order_ways

__all__ = [
    "AlertFacts",
    "BackOff",
    "Chain",
    "ChainError",
    "Duty",
    "Fallen",
    "Gap",
    "InvitationFacts",
    "Level",
    "QuietHours",
    "Recipient",
    "Rules",
    "ShiftSpan",
    "StandInSpan",
    "Text",
    "Told",
    "Way",
    "alert_text",
    "check_secret",
    "default_rules",
    "gaps",
    "invitation_text",
    "new_secret",
    "next_try",
    "next_way",
    "not_before",
    "notice_text",
    "on_duty",
    "order_ways",
    "read_rules",
    "short_text",
    "sign_webhook",
    "sms_parts",
    "tell",
]
