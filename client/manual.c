/* xacct-manual, run by the build: the commands and options of xacct(1), in scdoc's language,
 * from the tables that the command line is read by. Not installed. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"

/* As it stands; what scdoc would take for its own is escaped. */
static void put_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\*_`#|[]~<>+-.", text[i]) != NULL)
            putchar('\\');
        putchar(text[i]);
    }
}

static void put_word(const char *word)
{
    put_text(word, strlen(word));
}

static void put_bold(const char *text, size_t len)
{
    putchar('*');
    put_text(text, len);
    putchar('*');
}

/* Prose, in which commands and options are bold: what stands between backquotes, and every
 * word that begins with dashes. */
static void put_prose(const char *text)
{
    const char *p = text;
    while (*p != '\0') {
        size_t n;
        bool first = p == text || isspace((unsigned char)p[-1]) || p[-1] == '(';
        if (*p == '`' && strchr(p + 1, '`') != NULL) {
            n = (size_t)(strchr(p + 1, '`') - p) + 1;
            put_bold(p + 1, n - 2);
        } else if (first && p[0] == '-' && p[strspn(p, "-")] != '\0' &&
                   isalpha((unsigned char)p[strspn(p, "-")])) {
            n = strspn(p, "-abcdefghijklmnopqrstuvwxyz");
            put_bold(p, n);
        } else {
            n = 1;
            put_text(p, 1);
        }
        p += n;
    }
}

static void put_names(const uint8_t *which)
{
    bool first = true;
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (xa_options_in(which, i)) {
            fputs(first ? "Options: " : ", ", stdout);
            put_bold(xa_options_view(i).name, strlen(xa_options_view(i).name));
            first = false;
        }
    if (!first)
        fputs(".\n\n", stdout);
}

static void put_command(const struct xa_command *cmd)
{
    struct xa_command_texts texts = xa_command_texts(cmd);
    char title[XA_TITLE_SIZE];
    xa_command_title(cmd, title);
    printf("## %s%s%s\n\n", title, texts.args[0] != '\0' ? " " : "", texts.args);
    printf("%c", toupper((unsigned char)texts.summary[0]));
    put_prose(texts.summary + 1);
    fputs(".", stdout);
    if (cmd->alias[0] != '\0') {
        fputs(" Alias: ", stdout);
        put_bold(cmd->alias, strlen(cmd->alias));
        putchar('.');
    }
    fputs("\n\n", stdout);
    if (texts.more[0] != '\0') {
        put_prose(texts.more);
        putchar('\n');
    }
    put_names(cmd->takes);
    fputs("```\n", stdout);
    for (const char *p = texts.examples; *p != '\0'; p++) {
        if ((p == texts.examples || p[-1] == '\n') && strncmp(p, "  ", 2) == 0)
            p += 2;
        if (*p == '\\')
            putchar('\\');
        putchar(*p);
    }
    fputs("```\n\n", stdout);
}

static void put_option(size_t i)
{
    struct xa_option_view option = xa_options_view(i);
    if (option.letter != 0)
        printf("*\\-%c*, ", option.letter);
    put_bold(option.name, strlen(option.name));
    if (option.value != NULL) {
        fputs(" _", stdout);
        put_word(option.value);
        putchar('_');
    }
    fputs("\n\t", stdout);
    printf("%c", toupper((unsigned char)option.help[0]));
    put_prose(option.help + 1);
    fputs(".\n\n", stdout);
}

int main(void)
{
    fputs("# COMMANDS\n\nEvery command takes the first options of OPTIONS; those that it has "
          "beyond them\nare named with it.\n\n", stdout);
    for (size_t i = 0; i < xa_n_commands; i++)
        if (xa_command_texts(&xa_commands[i]).group[0] != '\0')
            put_command(&xa_commands[i]);
    fputs("# OPTIONS\n\n## Of every command\n\n", stdout);
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (xa_options_in(xa_options_always, i))
            put_option(i);
    fputs("## Of those that name them\n\n", stdout);
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (!xa_options_in(xa_options_always, i))
            put_option(i);
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
