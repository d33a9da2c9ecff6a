/* The AWS files: events, the merged profiles, chains, and what taking secrets out leaves.
 * An input is a config file, then, behind a line of four dashes, a credentials file. */
#include "proto/awsfile.h"
#include "proto/limits.h"
#include "proto/profile.h"
#include "tests/fuzz/fuzz.h"

static void split_input(struct xa_slice input, struct xa_slice *config,
                        struct xa_slice *credentials)
{
    struct xa_slice rest = input;
    *config = input;
    *credentials = (struct xa_slice){ input.at, 0 };
    while (rest.len > 0) {
        const uint8_t *start = rest.at;
        if (xa_slice_is(next_line(&rest), "----")) {
            config->len = (size_t)(start - input.at);
            *credentials = rest;
            return;
        }
    }
}

static bool is_refusal(const struct xa_error *err)
{
    return err->code == XA_BAD_CONFIG && xa_text_printable(xa_slice_of(err->message)) &&
           strncmp(err->message, "f:", 2) == 0;
}

/* True if the grammar takes the text. */
static bool read_events(struct xa_slice text, enum xa_awsfile_flavour flavour)
{
    struct xa_awsfile f;
    struct xa_error err;
    unsigned line = 0;
    xa_awsfile_init(&f, "f", flavour, text);
    for (;;) {
        enum xa_awsfile_event event = xa_awsfile_next(&f, &err);
        if (event == XA_AWSFILE_END)
            return true;
        HOLDS(f.line > line && lies_in(f.line_text, text));
        line = f.line;
        if (event == XA_AWSFILE_ERROR) {
            HOLDS(is_refusal(&err));
            return false;
        }
        HOLDS(f.name.len > 0 && lies_in(f.name, text));
        if (event == XA_AWSFILE_HEADER)
            continue;
        HOLDS(f.key.len > 0 && lies_in(f.key, text) && lies_in(f.value, f.line_text));
        HOLDS(memchr(f.key.at, '\n', f.key.len) == NULL);
    }
}

static void check_part(const struct xa_profile_part *part)
{
    struct xa_profile_part back;
    struct xa_error err;
    uint8_t room[16 * 1024];
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_message_encode(&xa_msg_profile_part, part, &w);
    HOLDS(!w.bad);
    HOLDS(xa_message_decode(&xa_msg_profile_part, (struct xa_slice){ room, w.len }, &back, &err));
}

static void check_chain(const struct xa_profiles *profiles, struct xa_slice name)
{
    struct xa_profile_part parts[8];
    struct xa_error err;
    size_t n = xa_profiles_chain(profiles, name, parts, 8, &err);
    HOLDS(n <= 8);
    if (n == 0)
        HOLDS(is_refusal(&err));
    for (size_t i = 0; i < n; i++) {
        check_part(&parts[i]);
        HOLDS((parts[i].kind == XA_PROFILE_ROLE) == (i + 1 < n));
        HOLDS(i == 0 || same(parts[i - 1].source, parts[i].name));
    }
}

static void check_profiles(const struct xa_profiles *profiles)
{
    const struct xa_profile *at;
    struct xa_profile_value value;
    uint32_t cursor = 0;
    for (unsigned n = 0; (at = xa_profiles_next(profiles, &cursor)) != NULL && n < 64; n++) {
        HOLDS(xa_profiles_find(profiles, xa_profile_name(at)) == at);
        if (xa_profile_find_key(profiles, at, "region", &value))
            HOLDS(value.line > 0);
        check_chain(profiles, xa_profile_name(at));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice config, credentials, value;
    struct xa_error err;
    split_input((struct xa_slice){ data, size }, &config, &credentials);
    bool taken = read_events(config, XA_AWSFILE_CONFIG);
    taken &= read_events(credentials, XA_AWSFILE_CREDENTIALS);
    struct xa_profiles *profiles =
        xa_profiles_new((struct xa_profiles_text){ "f", config },
                        (struct xa_profiles_text){ "f", credentials }, &err);
    HOLDS((profiles != NULL) == taken);
    if (profiles != NULL)
        check_profiles(profiles);
    xa_profiles_free(&profiles);
    for (struct xa_slice rest = config; rest.len > 0;) {
        struct xa_slice line = next_line(&rest);
        if (xa_awsfile_line_secret(line, &value))
            HOLDS(lies_in(value, line));
    }
    return 0;
}
