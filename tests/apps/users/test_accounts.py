from tests.apps.users.sessions import *
def test_x(db, mailoutbox):
    r=sign_up("Ana@example.com"); print(r.status_code, r.content)
    r=sign_up("Ana@example.com"); print(r.status_code, r.content)
    for m in mailoutbox: print(m.subject, m.to, m.from_email); print(m.body)
    r=log_in("ana@example.com"); print(r.status_code, r.content)
    r=call("/auth/email/verify", {"key": key_in(mailoutbox[0])}); print(r.status_code, r.content)
    r=log_in("ana@example.com"); print(r.status_code, r.content)
    meta=r.json()["meta"]
    from django.test.utils import CaptureQueriesContext
    from django.db import connection
    with CaptureQueriesContext(connection) as c:
        r=bearer(meta["access_token"]).get("/api/v1/me/"); print(r.status_code, r.headers, r.content)
    for q in c: print(q["sql"][:150])
    r=call("/tokens/refresh", {"refresh_token": meta["refresh_token"]}); print(r.status_code, r.content)
    r=call("/tokens/refresh", {"refresh_token": meta["refresh_token"]}); print(r.status_code, r.content)
    r=bearer("xx").get("/api/v1/users/nobody/"); print(r.status_code, r.headers, r.content)
    r=call("/auth/session", method="delete", Authorization="Bearer "+meta["access_token"]);print(r.status_code, r.content)
    r=bearer(meta["access_token"]).get("/api/v1/me/"); print(r.status_code, r.headers, r.content)
    for u in ["admin","ab","a b","Ana!"]:
        r=sign_up("b@example.com", username=u); print(r.status_code, r.content)
    r=call("/auth/password/request", {"email":"ana@example.com"}); print(r.status_code, r.content)
    print(mailoutbox[-1].body)
    assert 0
