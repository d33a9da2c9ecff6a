/* What the agent signs, and what else it sends: a closed table (N7). */
#ifndef XA_AGENT_BROKER_POLICY_H
#define XA_AGENT_BROKER_POLICY_H

#include <stdbool.h>

#include "agent/courier/exchange.h"
#include "agent/broker/identity.h"

enum xa_action {
    XA_ACTION_ASSUME_ROLE, XA_ACTION_SESSION_TOKEN, XA_ACTION_CALLER_IDENTITY,
    XA_ACTION_MFA_DEVICES, XA_ACTION_EKS_TOKEN, XA_ACTION_DB_CONNECT, XA_ACTION_GIT,
    XA_ACTION_ECR_TOKEN, XA_ACTION_SIGNIN_TOKEN,
    /* of IAM, for agent/accounts alone */
    XA_ACTION_CREATE_ACCESS_KEY, XA_ACTION_UPDATE_ACCESS_KEY, XA_ACTION_DELETE_ACCESS_KEY,
    XA_ACTION_LIST_ACCESS_KEYS, XA_ACTION_ACCESS_KEY_LAST_USED, XA_ACTION_GET_USER,
    XA_ACTION_CREATE_ROLE, XA_ACTION_GET_ROLE, XA_ACTION_UPDATE_ROLE, XA_ACTION_DELETE_ROLE,
    XA_ACTION_UPDATE_TRUST, XA_ACTION_ATTACH_ROLE, XA_ACTION_DETACH_ROLE,
    XA_ACTION_LIST_ATTACHED_ROLE, XA_ACTION_PUT_ROLE, XA_ACTION_GET_ROLE_POLICY,
    XA_ACTION_LIST_ROLE, XA_ACTION_DELETE_ROLE_POLICY, XA_ACTION_CREATE_POLICY,
    XA_ACTION_GET_POLICY, XA_ACTION_GET_POLICY_VERSION, XA_ACTION_CREATE_POLICY_VERSION,
    XA_ACTION_LIST_POLICY_VERSIONS, XA_ACTION_DELETE_POLICY_VERSION, XA_ACTION_DELETE_POLICY,
    XA_ACTION_ATTACH_USER, XA_ACTION_DETACH_USER, XA_ACTION_LIST_ATTACHED_USER,
    XA_ACTION_LIST_USER, XA_ACTION_GET_USER_POLICY, XA_ACTION_LIST_GROUPS,
    XA_ACTION_LIST_ATTACHED_GROUP, XA_ACTION_LIST_GROUP, XA_ACTION_GET_GROUP_POLICY,
    XA_ACTION_SIMULATE,
};

/* In which form. */
enum xa_form {
    XA_FORM_QUERY,                    /* a POST with the action in its form           */
    XA_FORM_JSON,                     /* a POST with the action in a header           */
    XA_FORM_PRESIGNED,                /* a URL that is handed out, not asked          */
    XA_FORM_GIT,                      /* a signature that is handed out               */
    XA_FORM_UNSIGNED,                 /* a POST that holds the credentials themselves */
};

/* A row of the table. */
struct xa_deed {
    enum xa_action action;
    const char *service;              /* the signing name                             */
    const char *name;                 /* AWS's name of the action                     */
    enum xa_form form;
    enum xa_answer answer;            /* of what is asked; else 0                     */
    bool by_key, by_session, by_role; /* which kinds of identity may do it            */
};

/* The row that lets an identity of this kind do this, or NULL: it is not signed. A
 * foreign source counts as a key, or with a session token as a role. */
const struct xa_deed *xa_policy_deed(enum xa_action action, enum xa_identity_kind signer,
                                     bool temporary);

#endif
