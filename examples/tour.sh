#!/usr/bin/env bash
# A walk through the running reference service with curl alone: every line is tried, not told.
# What needs a service that may be stopped, it tries on one of its own, which it starts beside yours.
#
#   make serve                                    in one terminal (or: buckler serve)
#   examples/tour.sh --code THE-ONE-TIME-CODE     in another
#
# Options, each also a variable of the environment:
#   --base URL          BASE            the service              https://localhost:8443
#   --http URL          HTTP            its plain listener       http://localhost:8080
#   --ca FILE           CA              its authority            data/tls/ca.pem
#   --code CODE         CODE            the one-time code that `buckler serve` printed
#                       ADMIN_NAME      an administrator who exists already, in place of the code;
#                       ADMIN_PASSWORD  with neither, the steps that need one are skipped and say so
#                       FROM            the address to call from (127.0.0.2), to be another client
#
# It makes accounts with names of their own and may run again and again. Without the command `buckler` in the
# PATH the steps on a service of its own are skipped and say so. When the service says
# "too often" before the step that wants to hear it, the walk says so, waits and goes on.
# Exit code: 0 when every step passed, 1 with the first that did not, 2 when called in a wrong way.

set -u -o pipefail

BASE=${BASE:-https://localhost:8443} HTTP=${HTTP:-http://localhost:8080} CA=${CA:-data/tls/ca.pem}
CODE=${CODE:-} ADMIN_NAME=${ADMIN_NAME:-} ADMIN_PASSWORD=${ADMIN_PASSWORD:-} FROM=${FROM:-}
while [ $# -gt 0 ]; do
  case $1 in
    --base | --http | --ca | --code) [ $# -gt 1 ] || { echo "tour: $1 needs a value" >&2; exit 2; } ;;
  esac
  case $1 in
    --base) BASE=$2; shift 2 ;;
    --http) HTTP=$2; shift 2 ;;
    --ca) CA=$2; shift 2 ;;
    --code) CODE=$2; shift 2 ;;
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "tour: there is no option $1; see $0 --help" >&2; exit 2 ;;
  esac
done

own_pid='' idp_pid=''
leave() {
  [ -z "$own_pid$idp_pid" ] || { kill $own_pid $idp_pid; wait $own_pid $idp_pid; } 2>/dev/null
  rm -rf "$box"
}
box=$(mktemp -d) && trap leave EXIT
steps=0 skipped=0 status=0

# call METHOD PATH-OR-URL [curl option ...]: the answer is in $status, $box/head and $box/body.
call() {
  local method=$1 url=$2
  shift 2
  [[ $url == /* ]] && url=$BASE$url
  [[ $method == HEAD ]] && set -- --head "$@" || set -- --request "$method" "$@"
  status=$(curl --silent --show-error --max-time 30 --cacert "$CA" ${FROM:+--interface "$FROM"} \
    --header 'Expect:' --dump-header "$box/head" --output "$box/body" --write-out '%{http_code}' "$@" "$url" 2>"$box/error")
}

# patient METHOD PATH ...: the same; when it is too often, say so, wait as told and try again.
patient() {
  call "$@"
  while [ "$status" = 429 ]; do
    local seconds
    seconds=$(header Retry-After)
    echo "   too often for now: waiting ${seconds:=60} s"
    sleep "$seconds"
    call "$@"
  done
}

json() { local method=$1 path=$2 body=$3; shift 3; patient "$method" "$path" --header 'Content-Type: application/json' --data "$body" "$@"; }
bearer() { printf 'Authorization: Bearer %s' "$1"; }
header() { tr -d '\r' <"$box/head" | sed -n "s/^$1: //Ip" | tail -n 1; }
value() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$box/body"; }
encoded() { base64 | tr -d '=\n' | tr '/+' '_-'; }

# expect NAME STATUS [PREDICATE ...]: has=TEXT and not=TEXT look into the body, head=REGEX and
# nohead=REGEX into the headers.
expect() {
  local name=$1 wanted=$2 predicate
  shift 2
  [ "$status" = "$wanted" ] || fail "$name" "the status was to be $wanted"
  for predicate in "$@"; do
    case $predicate in
      has=*) grep -qF -- "${predicate#has=}" "$box/body" ;;
      not=*) ! grep -qF -- "${predicate#not=}" "$box/body" ;;
      head=*) tr -d '\r' <"$box/head" | grep -qiE -- "${predicate#head=}" ;;
      nohead=*) ! grep -qiE -- "${predicate#nohead=}" "$box/head" ;;
    esac || fail "$name" "$predicate does not hold"
  done
  pass "$name"
}

pass() { steps=$((steps + 1)); echo "ok $steps - $1"; }
skip() { skipped=$((skipped + 1)); echo "skipped - $1: $2"; }
fail() {
  echo "not ok $((steps + 1)) - $1: $2"
  echo "   the status is $status"
  sed 's/^/   < /' "$box/head"
  head -c 600 "$box/body" | sed 's/^/   | /'
  echo
  cat "$box/error"
  exit 1
} >&2

same() { cmp -s "$box/$1" "$box/$2"; }
# What differs in two answers of the same kind by right: the name of the request.
words() { sed 's/"request_id":"[0-9a-f]*"//' "$box/body" >"$box/$1"; }

# --- The service answers, over TLS that this machine's authority vouches for ---------------------

if ! curl --silent --max-time 30 --cacert "$CA" --output "$box/body" "$BASE/health" 2>"$box/error"; then
  {
    echo "tour: nothing answers at $BASE with the authority $CA. Start it first: make serve   (or: buckler serve)"
    echo "   Elsewhere? $0 --base URL --http URL --ca FILE   (or: make tour PORT=8443 HTTP_PORT=8080 CA=FILE)"
  } >&2
  exit 1
fi
call GET /health
expect "the service answers /health" 200 'has=ok' 'nohead=^server:'
curl --silent --max-time 30 --output "$box/body" "$BASE/health" --cacert /dev/null 2>"$box/error" && fail "without the authority" "curl trusted the certificate"
pass "without the authority's certificate curl does not trust it"

# --- What every answer carries --------------------------------------------------------------------

secured=(head='^strict-transport-security: max-age=' head='^x-content-type-options: nosniff' head='^content-security-policy: ' head='^referrer-policy: no-referrer' head='^x-frame-options: DENY' head='^x-request-id: [0-9a-f]{32}')
problem=(head='^content-type: application/problem\+json' has='"request_id"')
call GET /health --header 'X-Request-Id: forged'
expect "200 carries the security headers and a request id of the service's own" 200 "${secured[@]}" 'nohead=forged'
call GET /nowhere
expect "404 is a problem document with the same headers" 404 "${secured[@]}" "${problem[@]}"
call PUT /health
expect "an undeclared method is 405 and names the others" 405 "${secured[@]}" "${problem[@]}" 'head=^allow: .*GET'
call GET /notes
expect "without a token a note is 401" 401 "${secured[@]}" "${problem[@]}" 'head=^www-authenticate: Bearer'

# --- Hosts, schemes, sizes ------------------------------------------------------------------------

call GET /health --header 'Host: evil.example'
expect "a foreign host is 400" 400 "${secured[@]}" 'has=host-unknown' 'not=evil'
authority=${HTTP#http://}
exec 3<>"/dev/tcp/${authority%:*}/${authority##*:}"
printf 'GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n' >&3
cat <&3 >"$box/head"
exec 3>&-
status=$(head -n 1 "$box/head" | cut -d ' ' -f 2)
: >"$box/body"
expect "two hosts are 400" 400
call POST "$HTTP/notes" --header 'Content-Type: application/json' --data '{"text":"in clear"}'
expect "a call over plain HTTP is refused, not redirected" 403 'has=https-required' 'nohead=^location:'
call GET "$HTTP/docs?from=here" --header 'Accept: text/html'
expect "a browser that navigates there is sent to the configured origin" 308 "head=^location: $BASE/docs\?from=here"
call GET "$HTTP/docs" --header 'Accept: text/html' --header 'Host: evil.example'
expect "and never to a host of the caller's choosing" 400 'nohead=^location:'
for path in //notes /notes/../health /notes/%2e%2e/health /notes%00 /notes%5c..; do
  call GET "$path" --path-as-is
  expect "a path that can be read in two ways is 400: $path" 400 "${secured[@]}" "${problem[@]}"
done
call GET /notes --header 'Authorization: Bearer one' --header 'Authorization: Bearer two'
expect "two credentials are 400" 400 'has=two-credentials'
head -c 2000000 /dev/zero >"$box/large"
call POST /auth/register --data-binary "@$box/large"
expect "a body too large is 413" 413 "${secured[@]}" "${problem[@]}"
call POST /notes --header 'Content-Length: 200000000' --data x
expect "one that says it is 200 MB is 413 before it is read" 413 "${secured[@]}" "${problem[@]}"

# --- Accounts -------------------------------------------------------------------------------------

mark=$(date +%s)-$$
password=$(head -c 24 /dev/urandom | encoded)
account() { printf '{"name":"%s","password":"%s"}' "$1" "$2"; }

json POST /auth/register "$(account "weak-$mark@example.com" short)"
expect "a weak password is refused and not repeated" 422 "${problem[@]}" 'not="short"'
json POST /auth/register "$(account "ada-$mark@example.com" "$password")"
expect "an account is registered" 201 "has=ada-$mark@example.com" "not=$password"
json POST /auth/register "$(account "ADA-$mark@EXAMPLE.com" "$password")"
expect "the same name in other letters is taken" 409 "${problem[@]}"

patient POST /auth/token --data-urlencode "username=ada-$mark@example.com" --data-urlencode "password=$password" --data 'grant_type=password'
expect "the password form gives a token" 200 'has="token_type":"' 'head=^cache-control: no-store'
form_token=$(value access_token)
json POST /auth/sign-in "$(account "ada-$mark@example.com" "$password")"
expect "signing in gives a token" 200 'head=^cache-control: no-store' "not=$password"
token=$(value access_token)
call GET /auth/me --header "$(bearer "$token")"
expect "the token says who is calling" 200 "has=ada-$mark@example.com" "not=$password" 'head=^cache-control: no-store'
json POST /auth/sign-in "$(account "ada-$mark@example.com" "$password-no")"
expect "a wrong password is 401" 401 "${problem[@]}"
words wrong
json POST /auth/sign-in "$(account "nobody-$mark@example.com" "$password")"
words unknown
same wrong unknown || fail "an unknown name answers as a wrong password" "the answers differ"
expect "an unknown name answers in the same words" 401

# --- Tokens that are not good ---------------------------------------------------------------------

payload=$(printf %s "$token" | cut -d . -f 2) signature=$(printf %s "$token" | cut -d . -f 3)
refused() { call GET /auth/me --header "$(bearer "$2")"; expect "$1" 401 "${secured[@]}" 'head=^www-authenticate: Bearer error="invalid_token"'; }
# What another process ended is dead here within a tenth of a second; on a busy machine a moment later.
refused_soon() {
  local tries=20
  while call GET /auth/me --header "$(bearer "$2")" && [ "$status" = 200 ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
  refused "$1" "$2"
}
refused "a token of nobody's making is 401" "forged.forged.forged"
refused "a token without a signature (alg none) is 401" "$(printf '{"alg":"none","typ":"at+jwt"}' | encoded).$payload."
refused "a token with another algorithm is 401" "$(printf '{"alg":"HS256","typ":"at+jwt"}' | encoded).$payload.$signature"
refused "a token with another payload is 401" "${token%%.*}.$(printf '{"sub":"admin"}' | encoded).$signature"
case $signature in A*) tampered=B${signature#?} ;; *) tampered=A${signature#?} ;; esac
refused "a token with one letter changed is 401" "${token%.*}.$tampered"

# --- Notes and the report -------------------------------------------------------------------------

text="Robert'); DROP TABLE note;-- <b>O'Brien</b> {{7*7}} ../x"
json POST /notes "{\"text\":\"$text\"}" --header "$(bearer "$token")"
expect "a note is kept, its text unchanged" 201 "has=$text" 'head=^ratelimit-policy: .*q=60;w=60' 'head=^ratelimit: .*r=[0-9]+;t=[0-9]+'
note=$(value id)
call GET "/notes/$note" --header "$(bearer "$token")"
expect "its owner reads it" 200 "has=$text"
call GET /notes --header "$(bearer "$token")"
expect "and finds it in the list" 200 "has=$text"
json POST /notes '{"text":"CANARY \u202egnp.exe"}' --header "$(bearer "$token")"
expect "a text that turns the rest around is 422" 422 "${secured[@]}" "${problem[@]}" 'not=CANARY'
json POST /notes '{"text":"another, with 100 % of it"}' --header "$(bearer "$token")"
expect "a second note is kept" 201
call GET '/notes?text.contains=100+%25' --header "$(bearer "$token")"
expect "it is found by what stands in it" 200 'has=100 %' "not=$text"
call GET '/notes?text.contains=%25%25' --header "$(bearer "$token")"
expect "% stands for itself, not for everything" 200 'has="items":[]'
call GET '/notes?size=1' --header "$(bearer "$token")"
expect "a page has a size, and says where the next begins" 200 'has=100 %' "not=$text" 'has="next":"'
cursor=$(value next)
call GET "/notes?size=1&cursor=$cursor" --header "$(bearer "$token")"
expect "the next page has the other note, and is the last" 200 "has=$text" 'has="next":null'
call GET "/notes?sort=text&cursor=$cursor" --header "$(bearer "$token")"
expect "a cursor of another order is 422" 422 "${problem[@]}" "not=$cursor"
call GET '/notes?sort=owner' --header "$(bearer "$token")"
expect "an order that is not offered is 422, and the answer says what is" 422 "${problem[@]}" 'has=Sort by id, text' 'not=owner'
call GET '/notes?sort=id;DROP+TABLE+note' --header "$(bearer "$token")"
expect "and never a piece of the statement" 422 "${problem[@]}"
call GET '/notes?size=10000000' --header "$(bearer "$token")"
expect "nor is a page of ten million" 422 "${problem[@]}"
call GET /notes/1000000000000000000000000000000 --header "$(bearer "$token")"
expect "a number that no database holds names no note" 404 "${secured[@]}" "${problem[@]}"
json POST /notes '{"text":"x","owner":"CANARY"}' --header "$(bearer "$token")"
expect "an unknown field is 422, and the answer repeats no input" 422 "${secured[@]}" "${problem[@]}" 'not=CANARY'
call POST /notes --header "$(bearer "$token")" --header 'Content-Type: application/json' --header 'Transfer-Encoding: chunked' --data-binary "@$box/large"
expect "a body too large without a declared length is 413" 413 "${secured[@]}"
send_note() { call POST /notes --header "$(bearer "$token")" --header 'Content-Type: application/json' "$@"; }
gzip -c "$box/large" >"$box/packed"
send_note --header 'Content-Encoding: gzip' --data-binary "@$box/packed"
expect "a packed body is 415: nothing here unpacks" 415 "${secured[@]}" "${problem[@]}"
send_note --data '{"text":"one","text":"other"}'
expect "JSON that says a thing twice is 400" 400 "${secured[@]}" "${problem[@]}"
send_note --data '{"text":NaN}'
expect "JSON that is none (NaN) is 400" 400 "${secured[@]}" "${problem[@]}"
head -c 5000 /dev/zero | tr '\0' '[' >"$box/deep"
send_note --data-binary "@$box/deep"
expect "JSON five thousand deep is 400" 400 "${secured[@]}" "${problem[@]}"
call GET /report --header "$(bearer "$token")"
expect "the report is 403 without the permission" 403 "${secured[@]}" "${problem[@]}" 'not=reports:read'

if [ -n "$CODE" ]; then
  ADMIN_NAME=admin-$mark@example.com ADMIN_PASSWORD=$(head -c 24 /dev/urandom | encoded)
  json POST /auth/first-administrator "$(printf '{"name":"%s","password":"%s","code":"%s"}' "$ADMIN_NAME" "$ADMIN_PASSWORD" "$CODE")"
  claim="the one-time code makes the first administrator"
  [ "$status" = 201 ] || fail "$claim" "it was not taken. It is good once, for the service that printed it, for 30 minutes.
   With an administrator already: start without --code, or name one by ADMIN_NAME and ADMIN_PASSWORD"
  expect "$claim" 201
fi
if [ -n "$ADMIN_NAME" ]; then
  json POST /auth/sign-in "$(account "$ADMIN_NAME" "$ADMIN_PASSWORD")"
  expect "the administrator signs in" 200
  stranger=$(value access_token)
  call GET /report --header "$(bearer "$stranger")"
  expect "the administrator reads the report" 200 'has="notes":'
else
  skip "the administrator reads the report" "no administrator given (--code, or ADMIN_NAME and ADMIN_PASSWORD)"
  json POST /auth/register "$(account "eve-$mark@example.com" "$password")"
  json POST /auth/sign-in "$(account "eve-$mark@example.com" "$password")"
  stranger=$(value access_token)
fi
call GET "/notes/$note" --header "$(bearer "$stranger")"
words strange
expect "somebody else's note is 404, also for an administrator" 404 "not=$text"
call GET /notes/9000000000000000000 --header "$(bearer "$stranger")"
words missing
same strange missing || fail "a missing note answers as somebody else's" "the answers differ"
pass "a missing note answers in the same words"
call DELETE "/notes/$note" --header "$(bearer "$stranger")"
expect "nor does a stranger remove it" 404
call DELETE "/notes/$note" --header "$(bearer "$token")"
expect "its owner does" 204

# --- Ending a token -------------------------------------------------------------------------------

call GET "$HTTP/auth/me" --header "$(bearer "$form_token")"
expect "a token sent in clear is refused" 403 'has=https-required'
refused "and ended, since it counts as stolen" "$form_token"
call POST /auth/logout --header "$(bearer "$token")"
expect "logging out" 204
refused "ends the token at once" "$token"

# --- Going on without the password ----------------------------------------------------------------

renew() { json POST /auth/refresh "{\"refresh_token\":\"$1\"}"; }

json POST /auth/sign-in "$(account "ada-$mark@example.com" "$password")"
expect "a sign-in gives a refresh token too" 200 'has="refresh_token":"'
first=$(value refresh_token)
renew "$first"
expect "which gives the next tokens, without the password" 200 'has="access_token":"' 'head=^cache-control: no-store' "not=$first"
second=$(value refresh_token) token=$(value access_token)
renew "$first"
expect "two tabs that refresh at once get the same one" 200 "has=$second"
renew "$second"
expect "the newest goes on" 200
third=$(value refresh_token)
renew "$first"
expect "an old one is a replay: somebody has a copy" 401 "${problem[@]}" 'has=refresh-refused'
words replay
renew "$third"
expect "so the whole family has ended, the newest too" 401
words ended
same replay ended || fail "an old token answers as an ended one" "the answers differ"
refused "with its access tokens" "$token"
renew 'forged.forged.forged'
expect "one of nobody's making is refused in the same words" 401 'has=refresh-refused'

json POST /auth/sign-in "$(account "ada-$mark@example.com" "$password")" --user-agent 'one browser'
token=$(value access_token)
json POST /auth/sign-in "$(account "ada-$mark@example.com" "$password")" --user-agent 'another browser'
other=$(value access_token)
renew "$(value refresh_token)"
last=$(value refresh_token)
call GET /auth/sessions --header "$(bearer "$token")"
expect "whoever is signed in sees from where" 200 'has=one browser' 'has=another browser' 'has="current":true'
call POST /auth/logout-everywhere --header "$(bearer "$token")"
expect "logging out everywhere" 204
refused "ends this token" "$token"
refused "and that of the other browser" "$other"
renew "$last"
expect "and its refresh token" 401

# --- In a browser -----------------------------------------------------------------------------------

# From here to the next heading the calls are those of a browser: it keeps the cookie, and says what page it is on.
by_browser() { local method=$1 path=$2; shift 2; patient "$method" "$path" --header "Cookie: __Host-buckler-session=$cookie" "$@"; }
from_page() { printf 'Origin: %s' "$1"; }
cookie_in_head() { tr -d '\r' <"$box/head" | sed -n 's/^[Ss]et-[Cc]ookie: __Host-buckler-session=\([^;]*\).*/\1/p' | tail -n 1; }

sign_in_by_browser() { json POST /auth/sign-in "{\"name\":\"ada-$mark@example.com\",\"password\":\"$password\",\"session\":\"cookie\"}" "$@"; }
sign_in_by_browser --header "$(from_page https://evil.example)" --header 'Sec-Fetch-Site: cross-site'
expect "a page of another site signs nobody in" 403 "${problem[@]}" 'has=cross-site' 'nohead=^set-cookie'
sign_in_by_browser --header "$(from_page "$BASE")" --header 'Sec-Fetch-Site: same-origin'
expect "our own page does: into a cookie that no script reads" 200 'has="csrf_token":"' 'not=access_token' \
  'head=^set-cookie: __Host-buckler-session=[^;]+; Path=/; Secure; HttpOnly; SameSite=Lax$'
cookie=$(cookie_in_head) csrf=$(value csrf_token)
by_browser GET /auth/me
expect "the cookie says who is calling" 200 "has=ada-$mark@example.com" 'head=^cache-control: no-store'
by_browser GET /auth/me --header "$(bearer "$form_token")"
expect "a cookie beside a token is one credential too many" 400 'has=two-credentials'
by_browser POST /notes --header 'Content-Type: application/json' --data '{"text":"by cookie"}'
expect "what changes something needs the token of the session" 403 "${problem[@]}" 'has=csrf-token'
by_browser POST /notes --header 'Content-Type: text/plain' --data '{"text":"by cookie"}'
expect "JSON that is sent as text needs it too" 403 'has=csrf-token'
by_browser POST /notes --header "X-CSRF-Token: $csrf" --header 'Content-Type: application/json' --data '{"text":"by cookie"}'
expect "with it a note is kept" 201 'has=by cookie'
by_browser POST /notes --header "X-CSRF-Token: $csrf" --header "$(from_page https://evil.example)" --header 'Content-Type: application/json' --data '{"text":"x"}'
expect "from another site not even with it" 403 'has=cross-site'
cookie='0123456789abcdef0123456789abcdef.forged.forged' by_browser GET /auth/me
expect "a cookie of nobody's making is nobody" 401 'has=sign-in-required'
call OPTIONS /notes --header "$(from_page https://evil.example)" --header 'Access-Control-Request-Method: POST'
expect "no origin is listed, so no page elsewhere may ask" 405 'nohead=^access-control-allow-origin'
call GET /nowhere --header 'Accept: text/html' --header 'Sec-Fetch-Mode: navigate'
expect "a browser that goes astray gets a page" 404 'head=^content-type: text/html' "head=^content-security-policy: default-src 'none'"
call GET /nowhere
expect "and a client a problem document" 404 "${problem[@]}"
call GET /console --header 'Accept: text/html' --header 'Sec-Fetch-Mode: navigate'
expect "the console sends whoever is not signed in to its door" 303 'head=^location: .*/console/'
by_browser GET /console
expect "and shows the others to themselves" 200 "has=ada-$mark@example.com" "head=^content-security-policy: .*object-src 'none'" 'head=^cache-control: no-store'
by_browser POST /auth/logout --header "X-CSRF-Token: $csrf"
expect "logging out clears the browser" 204 'head=^clear-site-data: "cache", "storage"$' 'head=^set-cookie: __Host-buckler-session=; Path=/; Max-Age=0;'
by_browser GET /auth/me
expect "and the cookie is dead, whoever copied it" 401 'has=sign-in-required'

# --- What the service tells about itself ----------------------------------------------------------

call GET /health/live
expect "a probe hears that the service lives" 200 'has={"status":"live"}' 'head=^cache-control: no-store'
call GET /health/ready
expect "and that it is ready: one word, and no version or name" 200 'has={"status":"ready"}' 'nohead=[0-9]\.[0-9]+\.[0-9]'
call GET /metrics
expect "nobody reads its metrics, as it says of nobody that they may" 404 "${problem[@]}"

call GET /.well-known/jwks.json
expect "the published keys have public members only" 200 'has="keys":' 'has="x":' 'not="d":' 'not="k":'
call GET /openapi.json
expect "the API's description names how one signs in" 200 'has="securitySchemes"' 'has="password"'
call GET /docs
expect "the docs page runs its own files only" 200 "head=^content-security-policy: .*script-src 'self'" 'nohead=unsafe-inline.*script' 'not=https://' 'not=<script>'
for file in $(grep -oE '(src|href)="[^"]+"' "$box/body" | cut -d '"' -f 2 | grep -v '^data:'); do
  call GET "$file"
  expect "  and has $file" 200 "${secured[@]}"
done

# --- Often is too often; last, because it uses the budget up --------------------------------------

for _ in 1 2 3 4 5 6 7 8 9 10 11; do
  call POST /auth/sign-in --header 'Content-Type: application/json' --data "$(account "ada-$mark@example.com" "$password-no")"
  [ "$status" = 429 ] && break
done
expect "signing in too often is 429 and says when to come back" 429 "${secured[@]}" "${problem[@]}" 'head=^retry-after: [0-9]+'
for field in 'X-Forwarded-For: 203.0.113.9' 'Forwarded: for=203.0.113.9' 'X-Real-IP: 203.0.113.9'; do
  call POST /auth/sign-in --header "$field" --header 'Content-Type: application/json' --data "$(account "ada-$mark@example.com" "$password-no")"
  expect "and a forged address buys no other budget: $field" 429 "${secured[@]}"
done

# --- A service of the tour's own, which may be stopped ---------------------------------------------

if ! command -v buckler >/dev/null; then
  skip "mail, administration, keys, backup and foreign issuers" "there is no command buckler in the PATH"
  echo "$steps steps passed, $skipped skipped."
  exit 0
fi

own=$box/own data=$box/own/data port=0 http_port=0 FROM='' CA=$box/own/data/tls/ca.pem
mkdir "$own"

# The first start takes free ports, later ones the same: another address would be another issuer of tokens.
start() {
  : >"$own/printed"
  (cd "$own" && BUCKLER_ENVIRONMENT=development BUCKLER_ORIGIN='' BUCKLER_REGISTRATION=verified BUCKLER_MAIL=outbox \
    BUCKLER_SECURITY_CONTACT=mailto:security@example.com BUCKLER_SECURITY_EXPIRES=$(date -u -d '+90 days' +%F) \
    exec buckler serve --data "$data" --port "$port" --http-port "$http_port" "$@" >"$own/printed" 2>"$own/logged") &
  own_pid=$!
  until grep -q 'Stop with Ctrl-C' "$own/printed" 2>/dev/null; do
    kill -0 "$own_pid" 2>/dev/null || { cat "$own/printed" "$own/logged" >&2; fail "a service of the tour's own" "it did not start"; }
    sleep 0.1
  done
  BASE=$(sed -n 's/^.*Serving \(https:[^ ]*\).*$/\1/p' "$own/printed")
  HTTP=$(sed -n 's/^.*plain HTTP on \(http:[^ ]*\).*$/\1/p' "$own/printed")
  port=${BASE##*:} http_port=${HTTP##*:}
}

stop() { kill "$own_pid" && wait "$own_pid"; own_pid=''; }

# run NAME ARGUMENT ...: a command of buckler's, beside the running service, which has to go well.
run() {
  local name=$1
  shift
  BUCKLER_ENVIRONMENT=development buckler "$@" --data "$data" >"$box/body" 2>"$box/error" || { : >"$box/head"; fail "$name" "buckler $* went wrong"; }
  pass "$name"
}

# letter KIND NAME: the code in the newest letter of this kind, which is there within a few seconds.
letter() {
  local tries=0 file=''
  while [ $((tries += 1)) -le 100 ]; do
    file=$(grep -rlF "To: $2" "$data/outbox" --include "*-$1-*.eml" 2>/dev/null | sort | tail -n 1)
    [ -n "$file" ] && break
    sleep 0.1
  done
  [ -n "$file" ] || { fail "a letter ($1) to $2" "it is not in $data/outbox"; }
  grep -oE '([0-9A-Z]{5}-){4}[0-9A-Z]{6}' "$file" | head -n 1
}

start
call GET /.well-known/security.txt
expect "it says to whom a weakness is reported, and until when that holds" 200 'head=^content-type: text/plain; charset=utf-8' \
  'has=Contact: mailto:security@example.com' "has=Canonical: $BASE/.well-known/security.txt" 'has=Expires: '
ada=ada-$mark@example.com
json POST /auth/register "{\"name\":\"$ada\"}"
expect "where addresses are proved, registering says nothing but that a letter is on its way" 202 "not=$ada"
words new
code=$(letter confirm "$ada") || exit 1
json POST /auth/confirm "$(printf '{"code":"%s","password":"%s"}' "$code" "$password")"
expect "the code in the letter, which lies in the outbox, opens the account" 201 "not=$password"
json POST /auth/confirm "$(printf '{"code":"%s","password":"%s"}' "$code" "$password-2")"
expect "it works once" 403 "${problem[@]}"
json POST /auth/register "{\"name\":\"$ada\"}"
expect "a name that is taken" 202
words taken
same new taken || fail "a taken name answers as a new one" "the answers differ"
pass "answers in the same words"

json POST /auth/sign-in "$(account "$ada" "$password")"
expect "the account signs in" 200
token=$(value access_token) first=$(value refresh_token)
json POST /auth/me/password "$(printf '{"current":"%s","new":"%s"}' "$password" "$password-changed")" --header "$(bearer "$token")"
expect "a changed password answers with new tokens" 200 'has="access_token":"' "not=$password"
refused "and ends those from before" "$token"
renew "$first"
expect "with every session" 401
json POST /auth/reset "{\"name\":\"$ada\"}"
expect "a password that was forgotten is asked for by name" 202
words known
json POST /auth/reset "{\"name\":\"nobody-$mark@example.com\"}"
words unknown
same known unknown || fail "an unknown name answers as a known one" "the answers differ"
expect "and nobody learns whether there is such an account" 202
code=$(letter reset "$ada") || exit 1
json POST /auth/reset/confirm "$(printf '{"code":"%s","password":"%s"}' "$code" "$password-again")"
expect "the code in that letter sets a new one" 204
json POST /auth/sign-in "$(account "$ada" "$password-changed")"
expect "the one before is dead" 401
json POST /auth/sign-in "$(account "$ada" "$password-again")"
expect "the new one lives" 200
token=$(value access_token) first=$(value refresh_token)

# --- Beside the running service -------------------------------------------------------------------

call GET /report --header "$(bearer "$token")"
expect "a reader has no report" 403
run "an operator gives a role, beside the running service" users roles "$ada" --give analyst
call GET /report --header "$(bearer "$token")"
expect "a token keeps what it had" 403
renew "$first"
token=$(value access_token) first=$(value refresh_token)
call GET /report --header "$(bearer "$token")"
expect "the next one has the role" 200
run "the operator takes it again" users roles "$ada" --take analyst
refused_soon "which ends the tokens that had it, within a moment" "$token"
renew "$first"
expect "the session goes on, with less" 200
token=$(value access_token) first=$(value refresh_token)
call GET /auth/me --header "$(bearer "$token")"
expect "so the role is gone" 200 'not=analyst'
run "somebody is disabled" users disable "$ada"
refused_soon "and out within a moment" "$token"
json POST /auth/sign-in "$(account "$ada" "$password-again")"
expect "and does not come in again" 401
run "until enabled" users enable "$ada"
json POST /auth/sign-in "$(account "$ada" "$password-again")"
expect "and signed in again" 200
token=$(value access_token) first=$(value refresh_token)
call GET /.well-known/jwks.json
before=$(grep -o '"kid"' "$box/body" | wc -l)
run "the next signing key is made, beside the running service" keys rotate
sleep 0.5
call GET /.well-known/jwks.json
[ "$(grep -o '"kid"' "$box/body" | wc -l)" -gt "$before" ] || fail "the next key is published before it signs" "it is not"
expect "it is published before it signs" 200
call GET /auth/me --header "$(bearer "$token")"
expect "and nobody is signed out" 200

# --- The log that is kept, the database, the settings ----------------------------------------------

# shows NAME ARGUMENT ... -- CHECK ...: what such a command prints.
shows() {
  local name=$1 command=()
  shift
  while [ "$1" != -- ]; do command+=("$1"); shift; done
  shift
  : >"$box/head"
  BUCKLER_ENVIRONMENT=development buckler "${command[@]}" >"$box/body" 2>"$box/error"
  status=$?
  expect "$name" "$@"
}

shows "who was given which role, and by whom, is kept" events search --event privilege_permissions_changed --json --data "$data" -- 0 'has="given"' 'has=operator'
shows "so are sign-ins, with how" events search --event authn_login_success --data "$data" -- 0 'has=pwd'
shows "and the log is intact" events verify --data "$data" -- 0
shows "so is the database" db check --data "$data" -- 0
shows "which is of this size" db size --data "$data" -- 0 'has=account'
shows "every setting has a value and a place where it was said" settings --environment development -- 0 'has=BUCKLER_ENVIRONMENT' 'has=default'

# --- Backup and restore ---------------------------------------------------------------------------

run "a backup, while the service runs" backup "$box/backup.db"
call GET /auth/me --header "$(bearer "$token")"
expect "changes nothing" 200
stop
cp "$data/buckler.db" "$box/honest.db"
python3 - "$data/buckler.db" <<'EDIT'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute("UPDATE event SET body = replace(body, 'analyst', 'nothing') WHERE name = 'privilege_permissions_changed'")
EDIT
shows "whoever edits the log in the database is found" events verify --data "$data" -- 1
cp "$box/honest.db" "$data/buckler.db"
shows "and what was not edited is not blamed" events verify --data "$data" -- 0
run "a restore, while it stands" restore "$box/backup.db" --replace
start
refused "no token from before is good after it" "$token"
renew "$first"
expect "and no session" 401
json POST /auth/sign-in "$(account "$ada" "$password-again")"
expect "the password is that of the backup" 200
stop

# --- People whom somebody else signs in -------------------------------------------------------------

cat >"$box/issuer.py" <<'PYTHON'
"""An issuer that is not we: its keys over HTTP, and three tokens on its standard output."""

import json, time
from http.server import BaseHTTPRequestHandler, HTTPServer

from joserfc import jwk, jwt

key = jwk.ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        told = {"keys": [key.as_dict(private=False)]} if self.path == "/keys" else {"issuer": url, "jwks_uri": f"{place}/keys"}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Answers)
place = f"http://127.0.0.1:{server.server_port}"
url, now = f"{place}/realms/notes", int(time.time())
claims = {"iss": url, "sub": "7", "aud": "notes-api", "iat": now, "exp": now + 300, "preferred_username": "grace"}
claims |= {"typ": "Bearer", "realm_access": {"roles": ["writer"]}}
for change in ({}, {"typ": "ID"}, {"aud": "another-api"}):
    print(jwt.encode({"alg": "ES256", "kid": "one", "typ": "JWT"}, claims | change, key))
print(url, flush=True)
server.serve_forever()
PYTHON
: >"$box/issued"
"$(dirname "$(command -v buckler)")/python" "$box/issuer.py" >"$box/issued" 2>"$box/error" &
idp_pid=$!
until [ "$(wc -l <"$box/issued")" = 4 ]; do
  kill -0 "$idp_pid" 2>/dev/null || fail "a foreign issuer" "it did not start"
  sleep 0.1
done
{ read -r token; read -r id_token; read -r elsewhere; read -r issuer; } <"$box/issued"
cp "$(dirname "$0")/keycloak_style.py" "$own" && data=$box/own/foreign port=0 http_port=0 CA=$data/tls/ca.pem
ISSUER=$issuer start keycloak_style:app
call GET /me --header "$(bearer "$token")"
expect "an app that keeps no accounts knows whom its issuer knows" 200 'has=grace' "has=$issuer"
call POST /notes/oak --header "$(bearer "$token")"
expect "with the roles that the issuer gave" 201 'has=oak'
no_good() { call GET /me --header "$(bearer "$2")"; expect "$1" 401 "${secured[@]}" "${problem[@]}"; }
no_good "an ID token is no access token" "$id_token"
no_good "nor is a token for somebody else" "$elsewhere"
no_good "nor one with a letter changed" "${token%??}AA"
[ ! -e "$data/buckler.db" ] || fail "no database was made" "there is one"
pass "and no database was made"

# --- An app that was there before: on trial, and enforced ------------------------------------------

python="$(dirname "$(command -v buckler)")/python" here=$(cd "$(dirname "$0")" && pwd)
if ! "$python" -c 'import jwt, pwdlib, sqlmodel' 2>/dev/null; then
  skip "an app that was there before" "it needs pip install pyjwt 'pwdlib[argon2]' sqlmodel python-multipart"
else
  stop
  own=$box/tracker && mkdir "$own" && cp "$here/existing_app.py" "$own" && data=$own/data CA=$own/data/tls/ca.pem
  (cd "$own" && git apply -p0 "$here/existing_app.diff") || fail "fifteen lines go in" "the diff does not fit"
  sed -i "s/until=\"[0-9-]*\"/until=\"$(date -u -d '+30 days' +%F)\"/" "$own/existing_app.py"
  export TRACKER_SECRET=$mark-$mark-$mark-$mark-$mark-$mark-$mark DATABASE_URL=sqlite:///tracker.db
  (cd "$own" && BUCKLER_ENVIRONMENT=development "$python" - <<'PYTHON'
import existing_app as tracker

tracker.SQLModel.metadata.create_all(tracker.engine)
with tracker.Session(tracker.engine) as session:
    for name in ("ada", "bob"):
        session.add(tracker.User(name=name, password=tracker.passwords.hash(name * 4)))
    session.commit()
PYTHON
  ) 2>"$box/error" || fail "the tracker keeps its users" "they could not be made"
  login() { call POST /login --data "username=$1&password=$1$1$1$1"; }
  knock() { for _ in 1 2 3 4 5 6; do login bob; done; }

  start existing_app:app
  call GET /health
  expect "an app of before starts with fifteen lines more, on trial; its probe says nothing but its status" 200 'not=ok'
  login ada
  expect "its own users sign in at its own route" 200 'has=access_token'
  ada=$(value access_token)
  login bob
  bob=$(value access_token)
  call POST /projects --header "$(bearer "$ada")" --header 'Content-Type: application/json' --data '{"title":"secret"}'
  expect "and keep what is theirs" 201 'has=secret'
  call GET /projects/1 --header "$(bearer "$ada")"
  expect "its owner reads it" 200 'has=secret' 'head=^x-content-type-options: nosniff'
  call GET /projects/1 --header "$(bearer "$bob")"
  expect "somebody else's is not there, where before everybody read it" 404 'not=secret' "${problem[@]}"
  words others
  call GET /projects/99 --header "$(bearer "$bob")"
  words missing
  same others missing || fail "it answers as a missing one" "the answers differ"
  pass "in the words of a missing one"
  call GET /users
  expect "a route that says nothing takes the default: somebody signed in" 401 "${problem[@]}"
  knock
  expect "six sign-ins a minute still pass, as they always did" 200
  stop
  (cd "$own" && buckler events trial logged >"$box/body" 2>"$box/error"); status=$?
  expect "the report says what the end of the trial would change" 1 'has=route-limited' 'has=/login'
  (cd "$own" && BUCKLER_ENVIRONMENT=development buckler policy existing_app:app --write policy.json >"$box/body" 2>"$box/error") ||
    fail "the policy is written to a file" "it was not"
  (cd "$own" && BUCKLER_ENVIRONMENT=development buckler policy existing_app:app --check policy.json >"$box/body" 2>"$box/error"); status=$?
  expect "who may call what is a file, which the app still is" 0
  sed -i 's/, trial=Trial([^)]*)//; s/@app.get("\/users")/@app.get("\/users", dependencies=[Public("a mistake")])/' "$own/existing_app.py"
  (cd "$own" && BUCKLER_ENVIRONMENT=development buckler policy existing_app:app --check policy.json >"$box/body" 2>"$box/error"); status=$?
  expect "a route that became public is found before it is served" 1 'has=a mistake'
  (cd "$own" && BUCKLER_ENVIRONMENT=development buckler policy explain existing_app:app GET /projects/1 >"$box/body" 2>"$box/error")
  grep -q Owned "$box/body" || fail "explain says whose a project is" "it does not"
  pass "and explain says whose a project is"

  start existing_app:app
  knock
  expect "enforced, the sixth sign-in of a minute is one too many" 429 "${problem[@]}"
  stop
fi

# --- An app that is attacked ------------------------------------------------------------------------

if ! "$python" -c 'import h11, httpx2, hypothesis' 2>/dev/null; then
  skip "an app that is attacked" "it needs pip install 'buckler[drill]'"
else
  own=$box/noted && mkdir "$own" && cat >"$own/noted.py" <<'PYTHON'
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
passwords, notes = {"ada": "of-ada-1815", "bob": "of-bob-1923"}, []


@app.post("/token")
async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]):
    if passwords.get(form.username) != form.password:
        raise HTTPException(401)
    return {"access_token": f"shown-by-{form.username}", "token_type": "bearer"}


async def caller(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))]):
    if token.removeprefix("shown-by-") not in passwords:
        raise HTTPException(401)
    return token.removeprefix("shown-by-")


Caller = Annotated[str, Depends(caller)]


@app.post("/notes", status_code=201)
async def write(text: str, who: Caller):
    notes.append({"id": len(notes), "owner": who, "text": text})
    return notes[-1]


@app.get("/notes/{number}")
async def read(number: int, who: Caller):
    if not 0 <= number < len(notes):
        raise HTTPException(404)
    return notes[number]
PYTHON
  attack() {
    (cd "$own" && buckler drill noted:app --user ada:of-ada-1815 --user bob:of-bob-1923 --only D101 --only D103 \
      >"$box/body" 2>"$box/error"); status=$?
  }
  attack
  expect "a drill reads the note of one as the other, and says how" 1 'has=D103' 'has=GET /notes/{number}' 'not=of-bob-1923'
  sed -i 's/    return notes\[number\]/    if notes[number]["owner"] != who:\n        raise HTTPException(404)\n&/' "$own/noted.py"
  attack
  expect "and finds nothing once somebody looks at the owner" 0 'has=Nothing found'
  [ "$(ls "$own")" = noted.py ] || fail "the folder is as it was" "it is not: $(ls "$own")"
  pass "the folder is as it was"
fi

echo "$steps steps passed, $skipped skipped."
