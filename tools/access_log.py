# SPDX-License-Identifier: Apache-2.0
"""The page of the access log, with the format that watch reads."""

from seeother.watch.access_log import LOG_FORMAT
from tools.markdown import note

_BEFORE = """# What nginx answers by itself

A server that takes a request and closes without an answer, or is silent for too long, has recorded nothing.
The person gets nginx's own 502 or 504, and no application knows.
`seeother watch --access-log FILE` follows nginx's log, and each such answer appears as a failed attempt of its step.

## Log it

Inside `http`:

```nginx"""
_AFTER = """```

And where the shop is served, beside whatever is logged already:

```nginx
access_log /var/log/nginx/seeother.json seeother;
```

## What becomes of a line

- Only answers of nginx's own count: status 400 or more, and no server behind has sent a head.
  All else is recorded by the guard that has answered.
  499, a client that has left, does not count either: the application may go on.
- Method and path decide which step it is, as in `[[journey.NAME.step]]`.
  A line that fits none is passed over; neither path nor query is kept.
- The journey is that of the cookie, if one of `[site] secrets` has signed it.
  Else the attempt has a journey of its own, and an `X-Journey-ID` stays what the client claims.
- Where several servers are tried, what counts is what was asked for first and answered last.

The log may be renamed (`logrotate` with a signal to nginx) or cut short (`copytruncate`).
Half a line waits for its other half.
How far watch has come stands in its store, with what was on its way there.
So a restart loses nothing and counts nothing twice, after a kill neither.
A log that was renamed meanwhile is not read to its end.
"""


def access_log_page() -> str:
    """How nginx is to log, and what is made of it."""
    return note("src/seeother/watch/access_log") + _BEFORE + LOG_FORMAT + _AFTER
