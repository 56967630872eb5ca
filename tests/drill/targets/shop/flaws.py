"""The names of what is planted here."""

FLAWS = frozenset(
    {
        "api-keys-count-up",
        "bodies-of-any-size",
        "coupon-twice-at-once",
        "fields-without-end",
        "gift-card-by-operators",
        "gift-card-pins-guessed",
        "image-from-any-url",
        "invoice-by-any-path",
        "login-without-a-budget",
        "orders-count-up",
        "pages-of-any-size",
        "price-in-the-body",
        "public-key-as-secret",
        "referral-twice-at-once",
        "register-without-a-limit",
        "report-of-any-length",
        "reset-mails-without-a-limit",
        "search-by-spliced-sql",
        "sessions-count-up",
        "transfer-from-any-wallet",
        "xml-with-entities",
    }
)
