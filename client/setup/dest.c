/* The destination in the configuration, which is written last and taken out last. */
#include <stdio.h>
#include <string.h>

#include "client/requests/request.h"
#include "client/setup/steps.h"

/* The section of the plan; target: room for account, path and name. */
static struct xa_dest_add section_of(const struct xa_setup *s, char target[XA_ARN_MAX + 1])
{
    static const char standard[] = "arn:aws:";
    const struct xa_setup_plan_result *p = &s->plan;
    bool is_standard = p->role_arn.len > 8 && memcmp(p->role_arn.at, standard, 8) == 0;
    snprintf(target, XA_ARN_MAX + 1, "%s%.*s%.*s", s->account, (int)p->role_path.len,
             (const char *)p->role_path.at, (int)p->role_name.len,
             (const char *)p->role_name.at);
    return (struct xa_dest_add){
        .name = xa_slice_of(s->dest),
        .target = is_standard ? xa_slice_of(target) : p->role_arn,
        .source = p->source,
        .region = s->ask.wish.region,
        .external_id = p->external_id,
        .duration_s = s->ask.wish.duration_s,
        .tags = s->ask.wish.tags,
        .source_identity = s->ask.wish.source_identity,
    };
}

static void put_line(struct xa_out *o, const char *key, struct xa_slice value)
{
    if (value.len == 0)
        return;
    xa_out_format(o, "  %s = ", key);
    xa_out_slice(o, value);
    xa_out_char(o, '\n');
}

/* As the agent writes it, line by line. */
void xa_setup_put_dest(struct xa_out *o, const struct xa_setup *s)
{
    char target[XA_ARN_MAX + 1], duration[16] = "";
    const struct xa_dest_add add = section_of(s, target);
    struct xa_slice role = add.target;
    if (add.duration_s > 0)
        snprintf(duration, sizeof duration, "%u", add.duration_s);
    xa_out_format(o, "  [dest %s]\n", s->dest);
    if (xa_slice_same(add.target, s->plan.role_arn)) {
        put_line(o, "role_arn", role);
    } else {
        put_line(o, "account", xa_slice_cut(&role, '/'));
        put_line(o, "role", role);
    }
    put_line(o, "source", add.source);
    put_line(o, "region", add.region);
    put_line(o, "duration", xa_slice_of(duration));
    put_line(o, "external_id", add.external_id);
    put_line(o, "tags", add.tags);
    put_line(o, "source_identity", add.source_identity);
}

bool xa_setup_add_dest(struct xa_setup *s, struct xa_error *err)
{
    char target[XA_ARN_MAX + 1];
    struct xa_dest_result r;
    struct xa_dest_add add = section_of(s, target);
    struct xa_call call = { XA_DEST_ADD, &xa_msg_dest_add, &add, NULL, &xa_msg_dest_result, &r,
                            NULL };
    if (!xa_request(s->client, &call, err))
        return false;
    s->dest_is_there = s->changed = true;
    xa_setup_say(s, "made: [dest %s] in %.*s", s->dest, (int)r.file.len,
                 (const char *)r.file.at);
    return true;
}

bool xa_setup_remove_dest(struct xa_setup *s, struct xa_error *err)
{
    struct xa_dest_remove ask = { xa_slice_of(s->dest) };
    struct xa_dest_result r;
    struct xa_call call = { XA_DEST_REMOVE, &xa_msg_dest_remove, &ask, NULL, &xa_msg_dest_result,
                            &r, NULL };
    if (!s->dest_is_there)
        return true;
    if (!xa_request(s->client, &call, err))
        return false;
    s->changed = true;
    xa_setup_say(s, "taken back: [dest %s] in %.*s", s->dest, (int)r.file.len,
                 (const char *)r.file.at);
    return true;
}
