#include "client/base/screen.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MIN 30               /* narrower than this nothing could be read        */

size_t xa_screen_columns_of(int fd)
{
    struct winsize size;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 ||
        size.ws_col == 0)
        return XA_SCREEN_NONE;
    return size.ws_col > COLUMNS_MIN ? size.ws_col : COLUMNS_MIN;
}

size_t xa_screen_columns(void)
{
    return xa_screen_columns_of(STDOUT_FILENO);
}

void xa_out_wrapped(struct xa_out *o, const char *text, size_t at, size_t indent, size_t columns)
{
    bool begins = true;
    for (const char *p = text + strspn(text, " \n"); *p != '\0'; p += strspn(p, " \n")) {
        struct xa_slice word = { (const uint8_t *)p, strcspn(p, " \n") };
        size_t width = xa_text_characters(word);
        if (!begins && at + 1 + width > columns) {
            xa_out_char(o, '\n');
            xa_out_padded(o, (struct xa_slice){ 0 }, indent);
            at = indent;
            begins = true;
        }
        if (!begins)
            xa_out_char(o, ' ');
        xa_out_slice(o, word);
        at += width + !begins;
        begins = false;
        p += word.len;
    }
}
