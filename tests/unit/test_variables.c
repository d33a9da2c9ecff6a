/* Several variables in one walk: the same as getenv says, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/variables.h"

static void as_getenv_has_them(void **state)
{
    static char twice_1[] = "HOME=/first", twice_2[] = "HOME=/second", empty[] = "XDG_DATA_HOME=",
                longer[] = "XDG_CONFIG_HOME_X=no", shorter[] = "XDG=no", none[] = "XACCT_SOCK",
                odd[] = "=HOME=x", other[] = "PATH=/bin", set[] = "XDG_CONFIG_HOME=/c=d";
    char *all[] = { longer, shorter, none, odd, other, twice_1, set, empty, twice_2, NULL };
    char **before = environ;
    struct xa_variable_wanted wanted[] = {
        { "HOME", NULL }, { "XACCT_SOCK", NULL }, { "XDG_CONFIG_HOME", NULL },
        { "XDG_DATA_HOME", "left from before" }, { "XDG_RUNTIME_DIR", "left from before" },
    };
    (void)state;
    environ = all;
    xa_variables_find(wanted, 5);
    for (size_t i = 0; i < 5; i++)
        assert_ptr_equal(wanted[i].value, getenv(wanted[i].name));
    environ = before;
    assert_string_equal(wanted[0].value, "/first");
    assert_null(wanted[1].value);
    assert_string_equal(wanted[2].value, "/c=d");
    assert_string_equal(wanted[3].value, "");
    assert_null(wanted[4].value);
}

static void without_an_environment(void **state)
{
    char **before = environ;
    struct xa_variable_wanted home = { "HOME", "left from before" };
    (void)state;
    environ = NULL;
    xa_variables_find(&home, 1);
    environ = before;
    assert_null(home.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_getenv_has_them),
        cmocka_unit_test(without_an_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
