"""The names of what is planted here."""

FLAWS = frozenset(
    {
        "acting-for-anybody",
        "bulk-changes-anybody",
        "bulk-lookup-of-anybody",
        "confused-types",
        "debug-routes",
        "disabled-people-stay",
        "docs-open",
        "errors-tell-all",
        "evaluated-formula",
        "forged-log-lines",
        "leave-for-anybody",
        "leave-of-everybody",
        "method-in-the-query",
        "new-person-takes-a-role",
        "nickname-backtracks",
        "odd-json-fails",
        "old-keys-live-on",
        "original-url",
        "people-of-any-department",
        "phones-without-a-key",
        "records-with-everything",
        "salary-of-another-department",
        "salary-of-colleagues",
        "salary-set-by-employees",
    }
)
