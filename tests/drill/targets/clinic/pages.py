"""The pages, as templates."""

from fastapi.responses import HTMLResponse
from jinja2 import DictLoader, Environment

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{% block title %}The clinic{% endblock %}</title>
<link rel="stylesheet" href="/style.css"></head>
<body><nav><a href="/">Home</a> <a href="/appointments">Appointments</a> <a href="/messages">Messages</a></nav>
<main>{% block main %}{% endblock %}</main></body></html>"""

_PAGES = {
    "frame": _FRAME,
    "home": """{% extends "frame" %}{% block main %}<h1>Hello {{ me.name }}</h1><p>You are number {{ me.id }} at
<a href="/clinics/{{ me.clinic }}/board">your clinic</a>. <a href="/profiles/{{ me.id }}">Your profile</a></p>
<form method="post" action="/logout"><button>Sign out</button></form>{% endblock %}""",
    "login": """{% extends "frame" %}{% block main %}<h1>Sign in</h1>{% if said %}<p>{{ said }}</p>{% endif %}
<form method="post" action="/login"><input name="email"><input name="password" type="password">
<input type="hidden" name="next" value="{{ next }}"><button>Sign in</button></form>
<a href="/register">New here?</a> <a href="/forgot">Forgot the password?</a>{% endblock %}""",
    "register": """{% extends "frame" %}{% block main %}<h1>New patient</h1><form method="post" action="/register">
<input name="email"><input name="name"><input name="password" type="password">
<select name="clinic"><option>north</option><option>south</option></select><button>Register</button></form>
{% endblock %}""",
    "forgot": """{% extends "frame" %}{% block main %}<form method="post" action="/forgot"><input name="email">
<button>Send me a link</button></form>{% endblock %}""",
    "reset": """{% extends "frame" %}{% block main %}<form method="post" action="/reset">
<input type="hidden" name="code" value="{{ code }}"><input name="password" type="password">
<button>Set it</button></form>{% endblock %}""",
    "said": """{% extends "frame" %}{% block main %}<p>{{ said }}</p>{% endblock %}""",
    "appointment": """{% extends "frame" %}{% block main %}<h1>{{ it.day }}</h1><p>{{ it.reason }}</p>
{% if it.cancelled %}<p>Cancelled</p>{% else %}<form method="post" action="/appointments/{{ it.id }}/cancel">
<button>Cancel</button></form>{% endif %}{% endblock %}""",
    "appointments": """{% extends "frame" %}{% block main %}<ul>{% for it in mine %}
<li><a href="/appointments/{{ it.id }}">{{ it.day }}</a> {{ it.reason }}</li>{% endfor %}</ul>
<form method="post" action="/appointments"><input name="day" type="date"><input name="reason">
<button>Ask for it</button></form>{% endblock %}""",
    "message": """{% extends "frame" %}{% block main %}<article>{{ text }}</article>{% endblock %}""",
    "messages": """{% extends "frame" %}{% block main %}{% for id, text in shown %}
<article><a href="/messages/{{ id }}">{{ id }}</a> {{ text }}</article>{% endfor %}
<form method="post" action="/messages"><textarea name="text"></textarea><button>Send</button></form>{% endblock %}""",
    "profile": """{% extends "frame" %}{% block main %}<h1>{{ person.name }}</h1>
<dl><dt>Mail</dt><dd>{{ person.email }}</dd><dt>Telephone</dt><dd>{{ person.phone }}</dd></dl>{% endblock %}""",
    "search": """{% extends "frame" %}{% block main %}<p>You looked for {{ q }}</p>
<ul>{% for it in found %}<li>{{ it }}</li>{% endfor %}</ul>{% endblock %}""",
    "board": """{% extends "frame" %}{% block main %}<h1>{{ name }}</h1>{% for text in notices %}<p>{{ text }}</p>
{% endfor %}<form method="post"><input name="text"><button>Pin it up</button></form>{% endblock %}""",
    "letter": """{% extends "frame" %}{% block main %}<pre>{{ text }}</pre>
<a href="/letters/{{ id }}/file?name=letter.txt">Keep it</a>{% endblock %}""",
    "patients": """{% extends "frame" %}{% block main %}<table>{% for it in patients %}
<tr><td>{{ it.id }}</td><td>{{ it.name }}</td><td>{{ it.phone }}</td></tr>{% endfor %}</table>{% endblock %}""",
}

STYLE = "body { font-family: sans-serif; max-width: 40rem; margin: auto }\n"

_ENVIRONMENT = Environment(loader=DictLoader(_PAGES), autoescape=True)


def page(name: str, status: int = 200, /, **shown: object) -> HTMLResponse:
    """A page; whatever is shown in it is escaped, but for Markup."""
    return HTMLResponse(_ENVIRONMENT.get_template(name).render(**shown), status)
