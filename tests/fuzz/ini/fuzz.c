/* The grammar of configuration files, and what is made of its values: words, names. */
#include "proto/ini.h"
#include "tests/fuzz/fuzz.h"

static void check_words(struct xa_slice value)
{
    char room[128], *argv[8];
    struct xa_error err;
    if (!xa_ini_split(value, room, sizeof room, argv, 8, &err)) {
        HOLDS(err.code == XA_BAD_CONFIG);
        return;
    }
    size_t n = 0, len = 0;
    for (; argv[n] != NULL; n++) {
        HOLDS(argv[n] >= room && argv[n] < room + sizeof room);
        len += strlen(argv[n]);
    }
    HOLDS(n > 0 && n < 8 && len <= value.len);
}

static bool has_control(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((s.at[i] < 0x20 && s.at[i] != '\t') || s.at[i] == 0x7f)
            return true;
    return false;
}

static void check_event(const struct xa_ini *ini, struct xa_slice text)
{
    HOLDS(lies_in(ini->line_text, text) && lies_in(ini->rest, text));
    HOLDS(lies_in(ini->type, text) && lies_in(ini->name, text));
    HOLDS(ini->type.len > 0);
    HOLDS(!has_control(ini->type) && !has_control(ini->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice text = { data, size };
    struct xa_ini ini;
    struct xa_error err;
    unsigned line = 0;
    xa_ini_init(&ini, "f", text);
    for (;;) {
        enum xa_ini_event event = xa_ini_next(&ini, &err);
        if (event == XA_INI_END)
            break;
        HOLDS(ini.line > line);
        line = ini.line;
        if (event == XA_INI_ERROR) {
            HOLDS(err.code == XA_BAD_CONFIG && xa_text_printable(xa_slice_of(err.message)));
            HOLDS(strncmp(err.message, "f:", 2) == 0);
            break;
        }
        check_event(&ini, text);
        if (event == XA_INI_SECTION) {
            HOLDS(!xa_name_valid(ini.name) || ini.name.len <= 64);
            continue;
        }
        HOLDS(lies_in(ini.key, ini.line_text) && lies_in(ini.value, ini.line_text));
        HOLDS(ini.key.len > 0 && !has_control(ini.key) && !has_control(ini.value));
        check_words(ini.value);
    }
    check_words(text);
    return 0;
}
