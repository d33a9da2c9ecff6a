/* Every maximum of xacct, once, with its unit and where the number is from.
 * Lengths are bytes without a closing NUL unless the name says _SIZE. */
#ifndef XA_PROTO_LIMITS_H
#define XA_PROTO_LIMITS_H

/* --- the wire (PROTOCOL.md, section 2; security C1) ---------------------- */
#define XA_FRAME_HEAD 10              /* length, version, type, request number   */
#define XA_REQUEST_MAX (64 * 1024)    /* a whole request frame, head included    */
#define XA_REPLY_MAX (32 * 1024)      /* a whole reply frame, head included      */
#define XA_SECRET_REQUEST_MAX 4096    /* a frame that carries a secret; so that
                                       * 32 partial ones fit the locked arena    */
#define XA_FOREIGN_REQUEST_MAX (20 * 1024)   /* FOREIGN, which holds a token     */

/* --- names and texts (design.md, section 7) ------------------------------ */
#define XA_NAME_MAX 64                /* source, destination                     */
#define XA_REGION_MAX 63              /* a host label                            */
#define XA_ACCOUNT_LEN 12             /* digits, leading zeros kept              */
#define XA_PATH_MAX 4096              /* Linux PATH_MAX                          */
#define XA_URL_MAX 2048               /* endpoint_url, proxy; own choice         */
#define XA_LABEL_MAX 64               /* level, label; own choice                */

/* --- AWS (facts/aws.md 1.2, 1.4, 13) -------------------------------------- */
#define XA_ACCESS_KEY_ID_MIN 16
#define XA_ACCESS_KEY_ID_MAX 128
#define XA_SECRET_KEY_MAX 128         /* 40 in fact; room for other servers      */
#define XA_TOKEN_MAX (16 * 1024)      /* AWS states none; security N5            */
#define XA_ARN_MAX 2048
#define XA_ROLE_NAME_MAX 64
#define XA_ROLE_PATH_MAX 512
#define XA_SESSION_NAME_MIN 2
#define XA_SESSION_NAME_MAX 64
#define XA_EXTERNAL_ID_MIN 2
#define XA_EXTERNAL_ID_MAX 1224
#define XA_USER_ID_MAX 193            /* AROA…:session                           */
#define XA_ROLE_DURATION_MIN_S 900
#define XA_ROLE_DURATION_MAX_S 43200
#define XA_ROLE_DURATION_DEFAULT_S 3600
#define XA_CHAINED_DURATION_MAX_S 3600       /* signed by temporary credentials  */
#define XA_SESSION_DURATION_MIN_S 900        /* GetSessionToken                  */
#define XA_SESSION_DURATION_MAX_S 129600
#define XA_SESSION_DURATION_DEFAULT_S 43200
#define XA_SOURCE_IDENTITY_MIN 2
#define XA_SOURCE_IDENTITY_MAX 64
#define XA_MFA_SERIAL_MIN 9
#define XA_MFA_SERIAL_MAX 256
#define XA_MFA_CODE_LEN 6
#define XA_MFA_STEP_S 30              /* how long a code is the one shown (RFC 6238) */
#define XA_MFA_DEVICES_MAX 8          /* of one user, facts 9.3                  */
#define XA_TAG_KEY_MAX 128
#define XA_TAG_VALUE_MAX 256
#define XA_TAGS_COUNT_MAX 50
#define XA_POLICY_ARNS_COUNT_MAX 10
#define XA_POLICY_MAX 8192            /* AWS packs and limits it; own choice, so that
                                       * a whole form fits XA_EXCHANGE_BODY_MAX  */
#define XA_POLICY_ARNS_MAX 4096       /* the list as text; own choice            */
#define XA_TAGS_MAX 8192              /* likewise                                */
#define XA_HOST_MAX 253               /* a host name (RFC 1035); of a database, of git   */
#define XA_CLUSTER_MAX 100            /* EKS's own limit of a cluster's name         */
#define XA_DB_USER_MAX 128            /* engines allow 16 to 63; own choice          */
#define XA_GIT_PATH_MAX 256           /* v1/repos/ and a name of 100, and what git adds */
#define XA_GIT_USERNAME_MAX (XA_ACCESS_KEY_ID_MAX + 1 + XA_TOKEN_MAX)    /* ID%TOKEN */
#define XA_CONSOLE_URL_MAX (16 * 1024)       /* seen lengths are 1.5 to 4 KB (facts 8.2) */
#define XA_SIGNIN_MIN_S 900                  /* SessionDuration, facts 8.1           */
#define XA_SIGNIN_MAX_S 43200
#define XA_SWITCH_ROLE_MAX 64         /* a role's path and name in its link, facts 8.5 */
#define XA_DOCUMENT_MAX 8192          /* a policy that is shown: 6144 and some escapes, facts 9.3 */
#define XA_POLICY_NAME_MAX 128        /* facts 9.1                               */
#define XA_ORG_MAX 34                 /* o- and 10 to 32 letters and digits      */
#define XA_PLACE_MAX (14 * 1024)      /* where long work goes on; half a reply, own choice */
#define XA_AWS_CODE_MAX 128           /* <Code> of an error                      */
#define XA_REQUEST_ID_MAX 128
#define XA_AWS_MESSAGE_MAX 1024       /* <Message>, cut there                    */

/* --- the person ------------------------------------------------------------ */
#define XA_PASSPHRASE_MAX 1024        /* own choice; Argon2id has no useful one  */
#define XA_PASSPHRASE_TRIES 3         /* design.md, section 5                    */
#define XA_LEASE_MS (3 * 60 * 1000)   /* one question to one person; C10         */

/* --- files ------------------------------------------------------------------ */
#define XA_VAULT_FILE_MAX (1024 * 1024)   /* V2 */
#define XA_VAULT_ENTRIES_MAX 4096         /* V2 */
#define XA_CONFIG_FILE_MAX (1024 * 1024)  /* G1 */
#define XA_AWS_FILE_MAX (1024 * 1024)     /* each of the person's AWS files; own choice */
#define XA_PROFILE_CHAIN_MAX 32           /* profiles from a role to its source; own choice */

#endif
