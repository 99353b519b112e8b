"""What a mail about news says: the topic and counts, never a line of it; the rest is read in the inbox."""

from typing import Any

from models.subscription import Notice, Subscription


def message_about(row: Subscription, notice: Notice) -> dict[str, Any]:
    """The message to hand to the outbox in the transaction of the notice; the same notice is the same message."""
    summary = notice.news["summary"]
    return {
        "account_id": row.account_id,
        "kind": "news",
        "params": {
            "topic": row.topic.value,
            "notice": notice.code,
            "summary_code": summary["code"],
            "summary_params": summary["params"],
        },
        "dedupe_key": f"news-{notice.code}",
        "urgent": False,
    }
