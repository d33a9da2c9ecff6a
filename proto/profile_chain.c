/* From a profile to what its credentials come from (facts 4.5). */
#include <stdio.h>
#include <string.h>

#include "proto/ini.h"
#include "proto/limits.h"
#include "proto/profile.h"

/* The keys that count here. */
enum key {
    ROLE_ARN, SOURCE_PROFILE, CREDENTIAL_SOURCE, WEB_IDENTITY_TOKEN_FILE, CREDENTIAL_PROCESS,
    ACCESS_KEY_ID, SECRET_ACCESS_KEY, SSO_SESSION, SSO_START_URL, SSO_ACCOUNT_ID, SSO_ROLE_NAME,
    LOGIN_SESSION, REGION, ROLE_SESSION_NAME, EXTERNAL_ID, MFA_SERIAL, DURATION_SECONDS,
    USE_FIPS_ENDPOINT, USE_DUALSTACK_ENDPOINT, STS_REGIONAL_ENDPOINTS, ENDPOINT_URL, SERVICES,
    IGNORE_ENDPOINT_URLS, CA_BUNDLE, N_KEYS,
};

static const char key_names[N_KEYS][32] = {
    "role_arn", "source_profile", "credential_source", "web_identity_token_file",
    "credential_process", "aws_access_key_id", "aws_secret_access_key", "sso_session",
    "sso_start_url", "sso_account_id", "sso_role_name", "login_session", "region",
    "role_session_name", "external_id", "mfa_serial", "duration_seconds", "use_fips_endpoint",
    "use_dualstack_endpoint", "sts_regional_endpoints", "endpoint_url", "services",
    "ignore_configured_endpoint_urls", "ca_bundle",
};

/* One profile, all its keys read in one walk. */
struct profile {
    const struct xa_profiles *all;
    const struct xa_profile *at;
    struct xa_slice name;
    struct xa_profile_value keys[N_KEYS];
};

static void read_profile(struct profile *p, const struct xa_profiles *all,
                         const struct xa_profile *at)
{
    struct xa_profile_walk walk;
    enum xa_awsfile_event event;
    struct xa_profile_value *last = NULL;
    memset(p, 0, sizeof *p);
    p->all = all;
    p->at = at;
    p->name = xa_profile_name(at);
    xa_profile_walk_init(&walk, all, at);
    while ((event = xa_profile_walk_next(&walk)) != XA_AWSFILE_END) {
        if (event == XA_AWSFILE_MORE && last != NULL)
            last->has_more = true;
        if (event != XA_AWSFILE_KEY)
            continue;
        last = NULL;
        for (int i = 0; i < N_KEYS; i++)
            if (xa_ini_key_is(walk.at.key, key_names[i]))
                last = &p->keys[i];
        if (last != NULL)
            *last = (struct xa_profile_value){ walk.at.value, false, walk.at.file, walk.at.line };
    }
}

/* An empty value is none. */
static bool has(const struct profile *p, enum key key)
{
    return p->keys[key].text.len > 0;
}

/* --- failures ------------------------------------------------------------------------- */

#define PRINT(s) (int)((s).len > 80 ? 80 : (s).len), (s).len > 0 ? (const char *)(s).at : ""

/* What is wrong with a profile, and where: at this key, which the profile has. */
static bool wrong(const struct profile *p, enum key key, const char *what, struct xa_error *err)
{
    const struct xa_profile_value *v = &p->keys[key];
    return xa_fail(err, XA_BAD_CONFIG, "%s:%u: profile '%.*s' %s", v->file, v->line,
                   PRINT(p->name), what);
}

static bool bad_value(const struct profile *p, enum key key, const char *what,
                      struct xa_error *err)
{
    const struct xa_profile_value *v = &p->keys[key];
    return xa_fail(err, XA_BAD_CONFIG, "%s:%u: %s of profile '%.*s' is %s: '%.*s'", v->file,
                   v->line, key_names[key], PRINT(p->name), what, PRINT(v->text));
}

/* --- values --------------------------------------------------------------------------- */

static bool take_text(const struct profile *p, enum key key, size_t max, struct xa_slice *ret,
                      struct xa_error *err)
{
    const struct xa_profile_value *v = &p->keys[key];
    if (v->has_more)
        return bad_value(p, key, "of several lines", err);
    if (v->text.len > max)
        return bad_value(p, key, "too long", err);
    if (!xa_text_printable(v->text))
        return bad_value(p, key, "not printable UTF-8 text", err);
    *ret = v->text;
    return true;
}

/* One of two words, in any case; false if the key is not there. */
static bool take_choice(const struct profile *p, enum key key, const char *yes, const char *no,
                        bool *ret, struct xa_error *err)
{
    char what[64];
    struct xa_slice text = { 0 };
    if (!take_text(p, key, XA_PATH_MAX, &text, err))
        return false;
    *ret = xa_ini_key_is(text, yes);
    snprintf(what, sizeof what, "neither %s nor %s", yes, no);
    return text.len == 0 || *ret || xa_ini_key_is(text, no) || bad_value(p, key, what, err);
}

static bool take_duration(const struct profile *p, uint32_t *ret, struct xa_error *err)
{
    struct xa_slice text = p->keys[DURATION_SECONDS].text;
    uint32_t s = 0;
    bool number = !p->keys[DURATION_SECONDS].has_more;
    for (size_t i = 0; i < text.len && number; i++) {
        number = text.at[i] >= '0' && text.at[i] <= '9';
        s = s > XA_ROLE_DURATION_MAX_S ? s : s * 10 + (uint32_t)(text.at[i] - '0');
    }
    if (!number)
        return bad_value(p, DURATION_SECONDS, "not a number of seconds", err);
    if (text.len > 0 && (s < XA_ROLE_DURATION_MIN_S || s > XA_ROLE_DURATION_MAX_S))
        return bad_value(p, DURATION_SECONDS, "outside 900 to 43200", err);
    *ret = s;
    return true;
}

/* --- where STS is asked (facts 3.6) --------------------------------------------------- */

/* The endpoint_url below `sts =` in [services X]: the last one of the last `sts`. */
static bool find_service_url(const struct profile *p, struct xa_profile_value *ret,
                             struct xa_error *err)
{
    struct xa_profile_walk walk;
    struct xa_slice key, value;
    enum xa_awsfile_event event;
    bool in_sts = false;
    xa_profile_walk_section(&walk, p->all, XA_AWSFILE_SERVICES, p->keys[SERVICES].text);
    if (walk.next == walk.end)
        return bad_value(p, SERVICES, "no [services] section", err);
    while ((event = xa_profile_walk_next(&walk)) != XA_AWSFILE_END) {
        if (event == XA_AWSFILE_KEY) {
            in_sts = xa_ini_key_is(walk.at.key, "sts");
            if (in_sts)
                *ret = (struct xa_profile_value){ 0 };
        } else if (in_sts && xa_awsfile_split(walk.at.value, &key, &value) &&
                   xa_ini_key_is(key, "endpoint_url")) {
            *ret = (struct xa_profile_value){ value, false, walk.at.file, walk.at.line };
        }
    }
    return true;
}

/* A service's own URL goes before the profile's. */
static bool take_endpoint(struct profile *p, struct xa_profile_part *part, struct xa_error *err)
{
    struct xa_profile_value own = { 0 };
    bool ignore = false;
    if (!take_choice(p, IGNORE_ENDPOINT_URLS, "true", "false", &ignore, err))
        return false;
    if (ignore)
        return true;
    if (has(p, SERVICES) && !find_service_url(p, &own, err))
        return false;
    if (own.text.len > 0)
        p->keys[ENDPOINT_URL] = own;
    return take_text(p, ENDPOINT_URL, XA_URL_MAX, &part->endpoint_url, err);
}

static bool take_settings(struct profile *p, struct xa_profile_part *part, struct xa_error *err)
{
    return take_text(p, REGION, XA_REGION_MAX, &part->region, err) &&
           take_text(p, MFA_SERIAL, XA_MFA_SERIAL_MAX, &part->mfa_serial, err) &&
           take_text(p, CA_BUNDLE, XA_PATH_MAX, &part->ca_bundle, err) &&
           take_choice(p, USE_FIPS_ENDPOINT, "true", "false", &part->use_fips, err) &&
           take_choice(p, USE_DUALSTACK_ENDPOINT, "true", "false", &part->use_dualstack, err) &&
           take_choice(p, STS_REGIONAL_ENDPOINTS, "legacy", "regional", &part->sts_legacy, err) &&
           take_endpoint(p, part, err);
}

static bool take_role(const struct profile *p, struct xa_profile_part *part, struct xa_error *err)
{
    return take_text(p, ROLE_ARN, XA_ARN_MAX, &part->arn, err) &&
           take_text(p, ROLE_SESSION_NAME, XA_SESSION_NAME_MAX, &part->session_name, err) &&
           take_text(p, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, &part->external_id, err) &&
           take_duration(p, &part->duration_s, err);
}

/* --- kinds ---------------------------------------------------------------------------- */

static bool has_keys(const struct profile *p)
{
    return has(p, ACCESS_KEY_ID) || has(p, SECRET_ACCESS_KEY);
}

/* The line of the half that is there is the one to look at. */
static bool check_pair(const struct profile *p, struct xa_error *err)
{
    if (!has(p, SECRET_ACCESS_KEY))
        return wrong(p, ACCESS_KEY_ID, "has half a key: aws_secret_access_key is missing", err);
    if (!has(p, ACCESS_KEY_ID))
        return wrong(p, SECRET_ACCESS_KEY, "has half a key: aws_access_key_id is missing", err);
    return true;
}

static bool kind_of_role(const struct profile *p, uint32_t *ret, struct xa_error *err)
{
    *ret = has(p, WEB_IDENTITY_TOKEN_FILE) ? XA_PROFILE_WEB_IDENTITY
           : has(p, CREDENTIAL_SOURCE)     ? XA_PROFILE_CREDENTIAL_SOURCE
                                           : XA_PROFILE_ROLE;
    if (*ret == XA_PROFILE_WEB_IDENTITY)
        return true;
    if (has(p, SOURCE_PROFILE) && has(p, CREDENTIAL_SOURCE))
        return wrong(p, SOURCE_PROFILE, "has both source_profile and credential_source", err);
    if (!has(p, SOURCE_PROFILE) && !has(p, CREDENTIAL_SOURCE))
        return wrong(p, ROLE_ARN, "has a role_arn, but neither source_profile nor "
                     "credential_source", err);
    return true;
}

/* `as_source`: some role leads here. Then keys end the chain, whatever else there is. */
static bool kind_of(const struct profile *p, bool as_source, uint32_t *ret, struct xa_error *err)
{
    bool role = has(p, ROLE_ARN);
    if (has_keys(p) && (as_source || !role)) {
        *ret = XA_PROFILE_KEYS;
        return check_pair(p, err);
    }
    if (role)
        return kind_of_role(p, ret, err);
    if (has(p, WEB_IDENTITY_TOKEN_FILE))
        return wrong(p, WEB_IDENTITY_TOKEN_FILE, "has a web_identity_token_file, but no role_arn",
                     err);
    bool sso = has(p, SSO_SESSION) || has(p, SSO_START_URL) || has(p, SSO_ACCOUNT_ID) ||
               has(p, SSO_ROLE_NAME);
    *ret = has(p, CREDENTIAL_PROCESS) ? XA_PROFILE_PROCESS
           : sso                      ? XA_PROFILE_SSO
           : has(p, LOGIN_SESSION)    ? XA_PROFILE_LOGIN
                                      : XA_PROFILE_NOTHING;
    return true;
}

static bool fill_part(struct profile *p, bool as_source, struct xa_profile_part *part,
                      struct xa_error *err)
{
    memset(part, 0, sizeof *part);
    part->name = p->name;
    if (!kind_of(p, as_source, &part->kind, err) || !take_settings(p, part, err))
        return false;
    if (part->kind != XA_PROFILE_ROLE && part->kind != XA_PROFILE_WEB_IDENTITY &&
        part->kind != XA_PROFILE_CREDENTIAL_SOURCE)
        return true;
    if (!take_role(p, part, err))
        return false;
    if (part->kind != XA_PROFILE_ROLE)
        return true;
    part->source = p->keys[SOURCE_PROFILE].text;
    return (!p->keys[SOURCE_PROFILE].has_more && xa_name_valid(part->source)) ||
           bad_value(p, SOURCE_PROFILE, "no name", err);
}

/* --- the chain ------------------------------------------------------------------------ */

/* "a -> b -> a" */
static bool fail_loop(const struct profile *last, const struct xa_profile_part *parts, size_t n,
                      struct xa_error *err)
{
    char text[XA_PROFILE_CHAIN_MAX * (XA_NAME_MAX + 4)];
    size_t len = 0;
    for (size_t i = 0; i < n && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s -> ", PRINT(parts[i].name));
    const struct xa_profile_value *v = &last->keys[SOURCE_PROFILE];
    return xa_fail(err, XA_BAD_CONFIG, "%s:%u: the source_profiles form a loop: %s%.*s", v->file,
                   v->line, text, PRINT(v->text));
}

/* True if the source may follow: every profile comes once, but that a role can be its own
 * source, with keys that may have gone into the vault. */
static bool check_source(const struct profile *p, const struct xa_profile_part *parts, size_t n,
                         struct xa_error *err)
{
    struct xa_slice source = parts[n - 1].source;
    for (size_t i = 0; i + 1 < n; i++)
        if (xa_slice_same(parts[i].name, source))
            return fail_loop(p, parts, n, err);
    return true;
}

size_t xa_profiles_chain(const struct xa_profiles *profiles, struct xa_slice name,
                         struct xa_profile_part *ret, size_t max, struct xa_error *err)
{
    struct profile p = { 0 };
    const struct xa_profile *at = xa_profiles_find(profiles, name);
    size_t n = 0;
    if (at == NULL) {
        xa_fail(err, XA_NO_SUCH_NAME, "there is no profile '%.*s'", PRINT(name));
        return 0;
    }
    for (;;) {
        if (n == max) {
            wrong(&p, SOURCE_PROFILE, "ends a chain of too many profiles", err);
            return 0;
        }
        if (at == NULL) {
            ret[n] = (struct xa_profile_part){ .name = name, .kind = XA_PROFILE_NOTHING };
            return n + 1;
        }
        read_profile(&p, profiles, at);
        if (!fill_part(&p, n > 0, &ret[n], err))
            return 0;
        n++;
        if (ret[n - 1].kind != XA_PROFILE_ROLE)
            return n;
        if (!check_source(&p, ret, n, err))
            return 0;
        name = ret[n - 1].source;
        bool itself = xa_slice_same(name, ret[n - 1].name);
        at = itself && !has_keys(&p) ? NULL : xa_profiles_find(profiles, name);
    }
}
