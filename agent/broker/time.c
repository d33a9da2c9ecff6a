/* What time it is at AWS, by the date of its answers: this computer's clock may be wrong, and
 * AWS takes no signature that is off by minutes. */
#include "agent/aws/refusal.h"
#include "agent/broker/broker_impl.h"

#define CLOCK_SLACK_S 60               /* AWS takes what is wrong by far more          */

int64_t xa_broker_time(const struct xa_broker *b)
{
    return broker_aws_s(b, !b->time[false].known);      /* AWS's own, else a server's */
}

int64_t xa_broker_boot_ms(const struct xa_broker *b)
{
    return broker_boot_ms(b);
}

int64_t xa_broker_clock_lag_s(const struct xa_broker *b)
{
    return xa_broker_time(b) - broker_wall_s(b);
}

int64_t broker_aws_s(const struct xa_broker *b, bool custom_endpoint)
{
    return b->time[custom_endpoint].known
               ? (broker_boot_ms(b) + b->time[custom_endpoint].ahead_ms) / 1000
               : broker_wall_s(b);
}

void broker_note_date(struct xa_broker *b, const struct xa_record *record, bool custom_endpoint)
{
    if (record->date_s == 0)
        return;
    b->time[custom_endpoint].known = true;
    b->time[custom_endpoint].ahead_ms = record->date_s * 1000 - broker_boot_ms(b);
}

bool broker_learns_the_time(struct xa_broker *b, const struct xa_record *record,
                            bool custom_endpoint)
{
    int64_t off_s = record->date_s - broker_aws_s(b, custom_endpoint);
    broker_note_date(b, record, custom_endpoint);
    return record->date_s != 0 && xa_refusal_is_clock(record) &&
           (off_s > CLOCK_SLACK_S || off_s < -CLOCK_SLACK_S);
}
