# SPDX-License-Identifier: Apache-2.0
"""The problems that the guard itself answers with, in the words that people and machines get."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem; `retry_after` is in seconds. `{…}` in the details is filled in by the answer."""

    slug: str
    status: int
    title: str
    title_zh: str
    detail: str
    detail_zh: str
    retry_after: float | None = None

    @property
    def uri(self) -> str:
        """The problem type (RFC 9457 section 3.1.1), which machines tell problems apart by."""
        return f"urn:seeother:problem:{self.slug}"


ALREADY_DONE = Problem(
    "already-done",
    409,
    "Already done",
    "已经完成",
    "This was already done; nothing was done twice.",
    "该操作已完成，没有重复执行。",
)
IN_PROGRESS = Problem(
    "in-progress",
    409,
    "Still under way",
    "仍在处理中",
    "This is still being worked on. Please wait a moment and look again.",
    "该操作仍在处理中，请稍候再查看。",
    retry_after=1,
)
KEY_REUSED = Problem(
    "key-reused",
    422,
    "Already sent with other content",
    "已用其他内容提交过",
    "This form was already sent with other content; the first one counts.",
    "该表单已用其他内容提交过，以第一次为准。",
)
KEY_UNUSABLE = Problem(
    "idempotency-key",
    400,
    "This form cannot be accepted",
    "无法接受该表单",
    "This could not be accepted: {why}. Please go back, reload the page and try again.",
    "无法接受该请求，请返回并刷新页面后重试。",
)
LEDGER_UNAVAILABLE = Problem(
    "ledger-unavailable",
    503,
    "Please try again in a moment",
    "请稍后重试",
    "Nothing was done: we cannot make sure just now that it would be done only once.",
    "操作未执行：目前无法保证只执行一次，请稍后重试。",
    retry_after=5,
)
OUTCOME_UNKNOWN = Problem(
    "outcome-unknown",
    409,
    "We are not sure yet",
    "暂时无法确认",
    "We do not know yet whether this was done; it may have been. Please check before you try again, "
    "so that nothing is ordered or paid twice.",
    "暂时无法确认该操作是否完成，它可能已经完成。请在重试前先核实，以免重复下单或付款。",
)
OUTCOME_UNRECORDED = Problem(
    "outcome-unrecorded",
    503,
    "We are not sure yet",
    "暂时无法确认",
    "This may have been done, but we could not write it down. Please check before you try again.",
    "该操作可能已完成但未能记录，请在重试前先核实。",
    retry_after=5,
)
CONTENT_TOO_LARGE = Problem(
    "content-too-large",
    413,
    "Too much at once",
    "内容过大",
    "An action may carry at most {limit} bytes.",
    "提交的内容过大，最多 {limit} 字节。",
)

# What stands in for an error answer of the application; its own status goes with it, ours is only the usual one.
NOT_SHOWN = Problem(
    "not-shown",
    503,
    "One moment, please",
    "请稍候",
    "This page cannot be shown just now. Your order is safe: opening the page changed nothing. "
    "Please try again in a moment.",
    "此页面暂时无法显示。您的订单是安全的：打开页面没有改变任何内容。请稍后再试。",
)
NOTHING_DONE = Problem(
    "nothing-done",
    503,
    "Nothing was done",
    "操作没有执行",
    "We could not do this just now. Your order is safe: nothing was ordered and nothing was paid by this. "
    "Please go back and try again in a moment.",
    "操作目前无法执行。您的订单是安全的：没有下单，也没有扣款。请返回并稍后重试。",
)
NOT_THERE = Problem(
    "not-there",
    404,
    "There is no such page",
    "页面不存在",
    "There is nothing at this address. Your order is safe: nothing was changed.",
    "此地址没有内容。您的订单是安全的：没有任何更改。",
)
REFUSED = Problem(
    "refused",
    400,
    "This could not be accepted",
    "无法接受该请求",
    "This was not accepted, and nothing was done by it. What you ordered before is safe. "
    "Please go back, reload the page and check what you entered.",
    "该请求未被接受，也没有执行任何操作。您之前的订单是安全的。请返回并刷新页面，检查您填写的内容。",
)
UNSAFE_REDIRECT = Problem(
    "unsafe-redirect",
    409,
    "We do not send you there",
    "我们不会将您带往该地址",
    "This was to lead on to an address outside of our site that we do not know, so we stopped here. What you have done "
    "on our site counts, and there is nothing to repeat.",
    "本应跳转到我们站外的未知地址，因此在此停止。您在本站完成的操作有效，无需重复。",
)
STAND_INS = (NOT_SHOWN, NOTHING_DONE, OUTCOME_UNKNOWN, NOT_THERE, REFUSED, UNSAFE_REDIRECT)
