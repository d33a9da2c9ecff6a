/* Linked into the agent and the courier of a sanitizer build. They cannot be
 * dumped, so the leak checker, which traces its own process, cannot run in them;
 * the unit tests look for leaks. Their environment is replaced, so options
 * cannot come from there. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0:abort_on_error=0:exitcode=99";
}
