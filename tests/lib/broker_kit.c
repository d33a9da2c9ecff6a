#include "tests/lib/broker_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/lib/vault_kit.h"

#define ARENA_SIZE (256 * 1024)

struct kit_world kit;

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "broker_kit: %s\n", what);
    exit(9);
}

/* --- clock and port ------------------------------------------------------------------ */

static int64_t boot_ms(void *ctx)
{
    (void)ctx;
    return kit.boot_ms;
}

static int64_t wall_s(void *ctx)
{
    (void)ctx;
    return kit.wall_s;
}

static void port_wake(void *ctx, int64_t in_ms)
{
    (void)ctx;
    int64_t at_ms = kit.boot_ms + in_ms;
    if (kit.wake_ms < 0 || at_ms < kit.wake_ms)
        kit.wake_ms = at_ms;
}

static uint32_t port_random(void *ctx)
{
    (void)ctx;
    return kit.chance;
}

static void go_to(int64_t boot_ms)
{
    static int64_t rest_ms;
    rest_ms += boot_ms - kit.boot_ms;
    kit.boot_ms = boot_ms;
    kit.wall_s += rest_ms / 1000;
    rest_ms %= 1000;
}

void kit_pass_ms(int64_t ms)
{
    int64_t until_ms = kit.boot_ms + ms;
    while (kit.wake_ms >= 0 && kit.wake_ms <= until_ms) {
        if (kit.wake_ms > kit.boot_ms)
            go_to(kit.wake_ms);
        kit.wake_ms = -1;
        xa_broker_run(kit.broker);
        need(kit.wake_ms != kit.boot_ms, "the broker wants to be woken without end");
    }
    go_to(until_ms);
}

static struct xa_port_call *port_send(void *ctx, const struct xa_request *request,
                                      xa_port_done_fn *done, void *done_ctx, struct xa_error *err)
{
    (void)ctx;
    if (kit.refuse) {
        xa_fail(err, XA_BUSY, "the port takes nothing");
        return NULL;
    }
    size_t len = xa_request_length(request);
    struct kit_call *call = calloc(1, sizeof *call);
    uint8_t *packet = malloc(len);
    need(call != NULL && packet != NULL, "no memory");
    need(xa_request_encode(request, packet, len) == len, "a request breaks a limit of exchange.h");
    need(xa_request_decode((struct xa_slice){ packet, len }, &call->request, err),
         "a request does not travel");
    call->packet = packet;
    call->done = done;
    call->ctx = done_ctx;
    struct kit_call **last = &kit.calls;
    while (*last != NULL)
        last = &(*last)->next;
    *last = call;
    kit.n_sent++;
    return (struct xa_port_call *)call;
}

static void free_call(struct kit_call *call)
{
    free(call->packet);
    free(call);
}

static void port_cancel(struct xa_port_call *port_call)
{
    struct kit_call **link = &kit.calls, *call = (struct kit_call *)port_call;
    while (*link != NULL && *link != call)
        link = &(*link)->next;
    need(*link != NULL, "a call was cancelled that is not under way");
    *link = call->next;
    free_call(call);
    kit.n_cancelled++;
}

bool kit_first(const char *text)
{
    struct kit_call **link = &kit.calls;
    while (*link != NULL && memmem((*link)->request.body.at, (*link)->request.body.len, text,
                                   strlen(text)) == NULL)
        link = &(*link)->next;
    struct kit_call *call = *link;
    if (call == NULL)
        return false;
    *link = call->next;
    call->next = kit.calls;
    kit.calls = call;
    return true;
}

static struct kit_call take_oldest(void)
{
    need(kit.calls != NULL, "nothing was sent");
    struct kit_call *call = kit.calls, copy = *call;
    kit.calls = call->next;
    free_call(call);
    return copy;
}

void kit_answer(const struct xa_record *record)
{
    need(xa_record_sound(record), "a record that could not come");
    struct kit_call call = take_oldest();
    call.done(call.ctx, record, NULL);
}

void kit_fail(enum xa_code code)
{
    struct xa_error err;
    struct kit_call call = take_oldest();
    xa_fail(&err, code, "the port failed");
    call.done(call.ctx, NULL, &err);
}

/* --- answers --------------------------------------------------------------------------- */

struct xa_record kit_issue(const char *account, const char *role, uint32_t life_s)
{
    static char arn[256], token[64], key_id[32];
    static unsigned n;
    n++;
    snprintf(arn, sizeof arn, "arn:aws:sts::%s:assumed-role/%s/alice", account, role);
    snprintf(token, sizeof token, "token/%u", n);
    snprintf(key_id, sizeof key_id, "ASIAEXAMPLE%09u", n);
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED, .status = 200, .date_s = kit.wall_s,
        .access_key_id = xa_slice_of(key_id), .secret = xa_slice_of("issued+secret"),
        .token = xa_slice_of(token), .expires_at = kit.wall_s + life_s,
        .role_arn = xa_slice_of(arn), .role_id = xa_slice_of("AROAEXAMPLE:alice"),
        .request_id = xa_slice_of("request-1"),
    };
}

struct xa_record kit_session(uint32_t life_s)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "", life_s);
    record.role_arn = record.role_id = (struct xa_slice){ 0 };
    return record;
}

struct xa_record kit_devices(const char *devices)
{
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED, .status = 200, .date_s = kit.wall_s,
        .devices = xa_slice_of(devices), .request_id = xa_slice_of("request-3"),
    };
}

struct xa_record kit_caller(const char *arn)
{
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED, .status = 200, .date_s = kit.wall_s,
        .account = { (const uint8_t *)arn + strlen("arn:aws:iam::"), 12 },
        .arn = xa_slice_of(arn), .user_id = xa_slice_of("AIDAEXAMPLE"),
    };
}

struct xa_record kit_error(uint32_t status, const char *code, const char *message)
{
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED, .status = status, .date_s = kit.wall_s,
        .aws_code = xa_slice_of(code), .aws_message = xa_slice_of(message),
        .request_id = xa_slice_of("request-2"),
    };
}

const char *kit_header(const struct xa_request *request, const char *name)
{
    static char value[XA_EXCHANGE_HEADER_MAX + 1];
    size_t len = strlen(name);
    for (size_t i = 0; i < request->n_headers; i++) {
        struct xa_slice h = request->headers[i];
        if (h.len > len + 2 && strncasecmp((const char *)h.at, name, len) == 0 &&
            h.at[len] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)(h.len - len - 2),
                     (const char *)h.at + len + 2);
            return value;
        }
    }
    return "";
}

/* --- beginning and end -------------------------------------------------------------------- */

static void store_key(const char *name, const char *key_id, const char *arn)
{
    struct xa_vault_info info = { .created_at = 1768480496 };
    struct xa_error err;
    struct xa_secret *secret = kit_secret(KIT_SECRET);
    snprintf(info.name, sizeof info.name, "%s", name);
    snprintf(info.access_key_id, sizeof info.access_key_id, "%s", key_id);
    snprintf(info.account, sizeof info.account, "%s", arn[0] != '\0' ? "111111111111" : "");
    snprintf(info.arn, sizeof info.arn, "%s", arn);
    struct xa_vault_job *job = xa_vault_begin_add(kit.vault, &info, &secret, &err);
    need(job != NULL, err.message);
    xa_vault_job_run(job);
    need(xa_vault_job_end(kit.vault, &job, &err), err.message);
}

static char config_path[4300], profiles_path[4300], new_path[4310];

static void replace(const char *path, const char *text)
{
    kit_write_file(new_path, (const uint8_t *)text, strlen(text));
    need(rename(new_path, path) == 0, "the configuration cannot be written");
}

void kit_configure(const char *text)
{
    replace(config_path, text);
}

void kit_profiles(const char *text)
{
    replace(profiles_path, text);
}

int kit_start(void **state)
{
    struct xa_error err;
    kit = (struct kit_world){ .boot_ms = 5000000, .wall_s = 1768480496, .wake_ms = -1,
                              .port = { NULL, port_send, port_cancel, port_wake, port_random } };
    if (kit_make_place(state) != 0)
        return 1;
    snprintf(config_path, sizeof config_path, "%s/config", kit_dir);
    snprintf(profiles_path, sizeof profiles_path, "%s/aws-config", kit_dir);
    snprintf(new_path, sizeof new_path, "%s/config.new", kit_dir);
    kit.vault = kit_vault(NULL);
    need(kit_create(kit.vault, "first", &err), "no vault");
    store_key("main", KIT_KEY_ID, KIT_DEEP_ARN);
    store_key("other", KIT_OTHER_KEY_ID, "");
    store_key("root", KIT_ROOT_KEY_ID, "arn:aws:iam::111111111111:root");
    kit.arena = xa_arena_new(ARENA_SIZE, &err);
    kit.config = xa_roles_file_new(config_path, &err);
    kit.profiles = xa_profiles_file_new(profiles_path, &err);
    const struct xa_broker_setup setup = {
        .vault = kit.vault, .arena = kit.arena, .config = kit.config,
        .profiles = kit.profiles, .port = kit.port, .clock = { .boot_ms = boot_ms, .wall_s = wall_s },
        .login_name = "login",
    };
    bool ready = kit.arena != NULL && kit.config != NULL && kit.profiles != NULL;
    kit.broker = ready ? xa_broker_new(&setup, &err) : NULL;
    need(kit.broker != NULL, "no broker");
    return 0;
}

int kit_end(void **state)
{
    xa_broker_free(&kit.broker);
    need(kit.calls == NULL, "a call is left");
    need(xa_arena_used(kit.arena) == 0, "something is left in the arena");
    xa_roles_file_free(&kit.config);
    xa_profiles_file_free(&kit.profiles);
    xa_arena_free(&kit.arena);
    xa_vault_free(&kit.vault);
    return kit_remove_place(state);
}
