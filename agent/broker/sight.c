/* What the files say: looked at once a turn, so that a change counts from the next request on,
 * and many requests that came together cost one look. */
#include "agent/broker/broker_impl.h"

/* True once a turn. */
static bool is_due(const struct xa_broker *b, uint64_t *looked_turn)
{
    const struct xa_clock *clock = &b->setup.clock;
    uint64_t turn = clock->turn != NULL ? clock->turn(clock->ctx) : 0;
    bool due = turn == 0 || turn != *looked_turn;
    *looked_turn = turn;
    return due;
}

/* What was refused or learned under another configuration says nothing of this one. */
const struct xa_roles *xa_broker_roles(struct xa_broker *b, struct xa_error *err)
{
    const struct xa_roles *roles = is_due(b, &b->looked.config)
                                       ? xa_roles_file_current(b->setup.config, err)
                                       : xa_roles_file_in_force(b->setup.config, err);
    unsigned version = xa_roles_file_generation(b->setup.config);
    if (version != b->config_version) {
        b->config_version = version;
        xa_refused_clear_all(b->refused);
        xa_learned_forget_denials(b->learned);
    }
    return roles;
}

const struct xa_profiles *broker_profiles(struct xa_broker *b)
{
    return is_due(b, &b->looked.profiles) ? xa_profiles_file_current(b->setup.profiles, NULL)
                                          : xa_profiles_file_in_force(b->setup.profiles, NULL);
}

bool xa_broker_sight(struct xa_broker *b, struct xa_slice sent, struct xa_sight *ret,
                     struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(b, err);
    if (roles == NULL)
        return false;
    const struct xa_profiles *profiles = broker_profiles(b);
    *ret = (struct xa_sight){ roles, profiles, xa_profiles_file_fault(b->setup.profiles), sent };
    return true;
}
