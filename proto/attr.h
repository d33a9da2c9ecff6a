/* Compiler attributes, named once. Works with gcc and clang. */
#ifndef XA_PROTO_ATTR_H
#define XA_PROTO_ATTR_H

#define XA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define XA_MUST_CHECK __attribute__((warn_unused_result))
#define XA_NORETURN __attribute__((noreturn))

#endif
