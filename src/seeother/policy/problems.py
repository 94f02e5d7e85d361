# SPDX-License-Identifier: Apache-2.0
"""The problems that the guard itself answers with, in the words that people and machines get."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem; `retry_after` is in seconds. `{…}` in the texts is filled in by the answer."""

    slug: str
    status: int
    title: str
    detail: str
    detail_zh: str
    retry_after: float | None = None


ALREADY_DONE = Problem(
    "already-done",
    409,
    "Already done",
    "This was already done; nothing was done twice.",
    "该操作已完成，没有重复执行。",
)
IN_PROGRESS = Problem(
    "in-progress",
    409,
    "Still under way",
    "This is still being worked on. Please wait a moment and look again.",
    "该操作仍在处理中，请稍候再查看。",
    retry_after=1,
)
KEY_REUSED = Problem(
    "key-reused",
    422,
    "Already sent with other content",
    "This form was already sent with other content; the first one counts.",
    "该表单已用其他内容提交过，以第一次为准。",
)
KEY_UNUSABLE = Problem(
    "idempotency-key",
    400,
    "This form cannot be accepted",
    "This could not be accepted: {why}. Please go back, reload the page and try again.",
    "无法接受该请求，请返回并刷新页面后重试。",
)
LEDGER_UNAVAILABLE = Problem(
    "ledger-unavailable",
    503,
    "Please try again in a moment",
    "Nothing was done: we cannot make sure just now that it would be done only once.",
    "操作未执行：目前无法保证只执行一次，请稍后重试。",
    retry_after=5,
)
OUTCOME_UNKNOWN = Problem(
    "outcome-unknown",
    409,
    "We are not sure yet",
    "We do not know yet whether this was done. Please check before you try again.",
    "暂时无法确认该操作是否完成，请在重试前先核实。",
)
OUTCOME_UNRECORDED = Problem(
    "outcome-unrecorded",
    503,
    "We are not sure yet",
    "This may have been done, but we could not write it down. Please check before you try again.",
    "该操作可能已完成但未能记录，请在重试前先核实。",
    retry_after=5,
)
CONTENT_TOO_LARGE = Problem(
    "content-too-large",
    413,
    "Too much at once",
    "An action may carry at most {limit} bytes.",
    "提交的内容过大，最多 {limit} 字节。",
)
