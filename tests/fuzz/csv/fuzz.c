/* A table of setup --from. */
#include "client/setup/csv.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct xa_csv_row row;
    struct xa_error err = { 0 };
    unsigned line = 0;
    HOLDS(text != NULL);
    memcpy(text, data, size);
    struct xa_csv csv = xa_csv_begin(text, size);
    while (xa_csv_next(&csv, &row, &err)) {
        HOLDS(row.n >= 1 && row.n <= XA_CSV_CELLS_MAX);
        HOLDS(row.line > line);
        line = row.line;
        for (size_t i = 0; i < row.n; i++) {
            const char *cell = row.cells[i];
            HOLDS(cell >= text && cell + strlen(cell) <= text + size);
        }
    }
    HOLDS(err.code == XA_OK || err.message[0] != '\0');
    HOLDS(csv.at >= text && csv.at <= text + size);
    free(text);
    return 0;
}
