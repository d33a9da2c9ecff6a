/* The destination in the configuration, which is written last and taken out last. */
#include <stdio.h>
#include <string.h>

#include "client/requests/request.h"
#include "client/setup/steps.h"

bool xa_setup_add_dest(struct xa_setup *s, struct xa_error *err)
{
    const struct xa_setup_plan_result *p = &s->plan;
    static const char standard[] = "arn:aws:";
    char target[XA_ARN_MAX + 1];
    struct xa_dest_result r;
    bool is_standard = p->role_arn.len > 8 && memcmp(p->role_arn.at, standard, 8) == 0;
    snprintf(target, sizeof target, "%s%.*s%.*s", s->account, (int)p->role_path.len,
             (const char *)p->role_path.at, (int)p->role_name.len,
             (const char *)p->role_name.at);
    struct xa_dest_add add = {
        .name = xa_slice_of(s->dest),
        .target = is_standard ? xa_slice_of(target) : p->role_arn,
        .source = p->source,
        .region = s->ask.wish.region,
        .external_id = p->external_id,
        .duration_s = s->duration_s,
        .tags = s->ask.wish.tags,
        .source_identity = s->ask.wish.source_identity,
    };
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
