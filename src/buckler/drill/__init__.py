"""Attacks an app from outside, and judges it by what it was told before: who may do what.

It knows nothing of the defences of this package. A plan comes in as plain data (routes, declarations, how one signs
in), requests go out over ASGI or HTTP, and what comes back is compared with a request that was allowed to work.

- `plan`: what is known beforehand. `people`: who takes part, and how they come in.
- `drafting` and `objects`: requests that work. `transport`: how they are sent. `engagement`: where attacks ask.
- `attacks`: where each verdict is made. `run`: their order and bounds. `reports`: how it is told.
"""
