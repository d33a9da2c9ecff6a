/* Inside of the broker, for its own files. */
#ifndef XA_AGENT_BROKER_BROKER_IMPL_H
#define XA_AGENT_BROKER_BROKER_IMPL_H

#include "agent/broker/broker.h"
#include "agent/broker/codes.h"
#include "agent/broker/recall.h"
#include "agent/broker/refused.h"
#include "agent/broker/renewal.h"

struct xa_broker {
    struct xa_broker_setup setup;
    struct xa_cache *cache;
    struct xa_fetch *fetches;              /* one per cache key under way              */
    unsigned locks;                        /* how often it was locked                  */
    struct xa_plan plan;                   /* of the request in hand                   */
    struct xa_identity handed;             /* what a waiter that was settled got       */
    struct xa_refused *refused;
    struct xa_refused *outages;            /* when AWS could not be asked, while what is
                                            * held is good enough                      */
    struct xa_learned *learned;
    struct xa_renewal *renewal;
    struct xa_codes codes;
    struct xa_broker_probe *probes;        /* probe.c                                  */
    unsigned config_version;               /* of the files that the above is about     */
    struct { uint64_t config, profiles; } looked;      /* in which turn: sight.c        */
    struct xa_recall *recall;
    /* AWS's time less BOOTTIME, by the Date of the last verified answer (N14): of AWS
     * itself, and of servers behind an endpoint_url, which cannot spoil the former. */
    struct { bool known; int64_t ahead_ms; } time[2];
};

static inline int64_t broker_boot_ms(const struct xa_broker *b)
{
    return b->setup.clock.boot_ms(b->setup.clock.ctx);
}

static inline int64_t broker_wall_s(const struct xa_broker *b)
{
    return b->setup.clock.wall_s(b->setup.clock.ctx);
}

/* --- time.c --------------------------------------------------------------------- */

/* The time to sign with: AWS's own, as soon as it is known. */
int64_t broker_aws_s(const struct xa_broker *b, bool custom_endpoint);
void broker_note_date(struct xa_broker *b, const struct xa_record *record, bool custom_endpoint);

/* Refused for a date that was not AWS's: with what is known now, it will be. The date is
 * noted in any case. */
bool broker_learns_the_time(struct xa_broker *b, const struct xa_record *record,
                            bool custom_endpoint);

/* --- sight.c -------------------------------------------------------------------- */

/* As xa_broker_roles, for the person's ~/.aws/config; NULL: none is in force. */
const struct xa_profiles *broker_profiles(struct xa_broker *b);

/* --- stale.c -------------------------------------------------------------------- */

/* The signer's temporary credentials are good no more, by AWS's word: they are dropped, and
 * with a new plan had anew. For a source's key as broker_has_another_key. */
bool broker_drops_stale(struct xa_broker *b, const struct xa_identity *signer,
                        const struct xa_record *record);

/* AWS does not know the key of this source, and the vault's file holds another: it was
 * rotated by another agent. Then the vault holds that too, and the same is asked again. */
bool broker_has_another_key(struct xa_broker *b, struct xa_slice source,
                            const struct xa_record *record);

/* --- fetch.c -------------------------------------------------------------------- */

struct xa_fetch *fetch_under_way(const struct xa_broker *b, const uint8_t key[32]);

/* Begins to get the credentials of hop, signed by those of signer, with this code or
 * none. It does nothing until fetch_send, or until the fetch it waits for has ended. */
struct xa_fetch *fetch_new(struct xa_broker *b, const struct xa_identity *hop,
                           const struct xa_identity *signer, struct xa_slice code,
                           struct xa_error *err) XA_MUST_CHECK;

/* Sends the call, or sends it once more. False: *err, of xa_call_send, and the fetch is
 * as it was. */
bool fetch_send(struct xa_fetch *fetch, struct xa_error *err) XA_MUST_CHECK;
bool fetch_go_after(struct xa_fetch *fetch, struct xa_fetch *parent,
                    struct xa_error *err) XA_MUST_CHECK;
void fetch_drop(struct xa_fetch *fetch);               /* without a word to anyone */

bool fetch_join(struct xa_fetch *fetch, const struct xa_identity *asked,
                struct xa_waiter *waiter, struct xa_error *err) XA_MUST_CHECK;
void fetch_be_patient(struct xa_fetch *fetch, uint32_t patience_ms);
void fetch_fail_all(struct xa_broker *b, const struct xa_error *err);

/* Does what has come due, and says how long until the next: -1, nothing waits. */
int64_t fetch_run_due(struct xa_broker *b);
void fetch_resend_all(struct xa_broker *b);

/* What is held under the key and may be used although it is not what was asked. */
const struct xa_issued *broker_still_useful(struct xa_broker *b, const uint8_t key[32]);

/* --- broker.c --------------------------------------------------------------------- */

/* How much life credentials must have that were issued for so long (N13). */
uint32_t broker_min_left_s(uint32_t wished_s, uint32_t issued_for_s);
bool broker_lasts(const struct xa_issued *held, uint32_t wished_s, int64_t now_ms);

/* True if what this goal comes to is renewed before it runs out. */
bool broker_is_renewed(const struct xa_identity *goal, const struct xa_wish *wish);

/* The plan for a wish that is a source. XA_ANSWERED: the plan's goal is its own key,
 * which can sign. XA_WILL_ANSWER: it is a role. XA_ASKS, XA_FAILED: as
 * xa_broker_credentials. */
enum xa_outlook broker_find_source(struct xa_broker *b, const struct xa_ask *ask,
                                   struct xa_question **ret_question,
                                   struct xa_error *err) XA_MUST_CHECK;

/* Who signs for a wish: as xa_broker_credentials, but a source means its key, and then
 * ret->issued is NULL, or the session that a code bought. */
enum xa_outlook broker_find_signer(struct xa_broker *b, const struct xa_ask *ask,
                                   struct xa_waiter *waiter, struct xa_granted *ret,
                                   struct xa_question **ret_question,
                                   struct xa_error *err) XA_MUST_CHECK;

/* Gets what was used lately before it runs out; never asks a person. False if it
 * cannot be had in the background. */
bool broker_renew(struct xa_broker *b, const struct xa_wish *wish);

/* A key to sign with out of what is held. */
bool broker_signing_key(struct xa_broker *b, const struct xa_identity *signer,
                        struct xa_sigv4_key *ret);

/* --- again.c --------------------------------------------------------------------- */

/* Keeps the plan in hand for the bytes it came from, if it may be kept. Whether what it leads
 * to is held, and lasts, is judged anew each time. */
void broker_keep_plan(struct xa_broker *b, const struct xa_ask *ask);

#endif
