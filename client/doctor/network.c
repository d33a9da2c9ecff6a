/* Names, routes, certificates and clocks between here and AWS: a question without a signature to
 * the STS that each source would ask. The agent asks each endpoint once. */
#include "client/doctor/doctor.h"

#include "client/base/clock.h"
#include "client/base/duration.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"

#define SOURCES_MAX 16                 /* more would be too long a wait                   */
#define SKEW_MAX_S 300                 /* a signature's date may differ by 5 min (facts 2) */
#define SKEW_ODD_S 60

struct sources {
    size_t n, n_left;                  /* n_left: not asked for                           */
    char at[SOURCES_MAX][XA_NAME_MAX + 1];
};

static void note_source(const struct xa_list_entry *e, void *ctx)
{
    struct sources *all = ctx;
    if (e->kind != XA_ENTRY_SOURCE)
        return;
    if (all->n < SOURCES_MAX && xa_slice_copy(e->name, all->at[all->n], sizeof all->at[0]))
        all->n++;
    else
        all->n_left++;
}

static void check_clock(struct xa_doctor *d, uint64_t aws_time)
{
    char by[XA_DURATION_SIZE];
    uint64_t now = xa_clock_unix();
    uint64_t off = now > aws_time ? now - aws_time : aws_time - now;
    xa_duration_text(off, by);
    if (aws_time == 0)
        xa_doctor_well(d, "clock", "that endpoint does not tell the time");
    else if (off > SKEW_ODD_S)
        xa_doctor_finds(d, off > SKEW_MAX_S ? XA_ILL : XA_DOUBTFUL, "clock",
                        "timedatectl set-ntp true", "this machine's clock is %s %s AWS's%s", by,
                        now > aws_time ? "ahead of" : "behind",
                        off > SKEW_MAX_S ? "; AWS refuses what other programs sign" : "");
    else
        xa_doctor_well(d, "clock", "within %u s of AWS's", SKEW_ODD_S);
}

/* name is empty for the way that is taken by default. */
static void probe(struct xa_doctor *d, const char *name, bool *ret_clock)
{
    struct xa_probe request = { .patience_ms = d->client->command->patience_ms,
                                .name = xa_slice_of(name) };
    struct xa_probe_result r = { 0 };
    struct xa_error err;
    struct xa_call call = { XA_PROBE, &xa_msg_probe, &request, NULL, &xa_msg_probe_result, &r,
                            "waiting for AWS" };
    if (!xa_request(d->client, &call, &err)) {
        xa_doctor_error(d, "network", &err);
        return;
    }
    xa_doctor_well(d, "network", "%.*s answers%s%s", (int)r.endpoint_url.len,
                   (const char *)r.endpoint_url.at, name[0] != '\0' ? ", for " : "", name);
    if (!*ret_clock)
        check_clock(d, r.aws_time);
    *ret_clock |= r.aws_time != 0;
}

void xa_doctor_network(struct xa_doctor *d)
{
    struct sources sources = { .n = 0 };
    struct xa_error err;
    bool clock = false;                /* the first that tells it will do                 */
    if (!d->reached) {
        xa_doctor_finds(d, XA_UNKNOWN, "network", NULL, "no agent that could ask AWS");
        return;
    }
    if (!xa_entries_each(d->client, note_source, &sources, &err)) {
        xa_doctor_finds(d, XA_UNKNOWN, "network", NULL, "the sources are not known: %s",
                        err.message);
        return;
    }
    for (size_t i = 0; i < sources.n; i++)
        probe(d, sources.at[i], &clock);
    if (sources.n == 0)
        probe(d, "", &clock);
    if (sources.n_left > 0)
        xa_doctor_finds(d, XA_UNKNOWN, "network", NULL, "%zu more sources were not asked for",
                        sources.n_left);
}
