# shellcheck shell=bash
# `use xacct DEST [OPTION…]` for direnv's .envrc: in this directory the shell is DEST, as after
# `xa DEST`, and outside of it what it was before. Copy this file, or a link to it, to
# ~/.config/direnv/lib/xacct.sh. The options are those of `xacct switch`, such as --readonly.
#
# Where `xacct aws-config --write DEST` has made the profile, AWS_PROFILE is set and programs renew
# by themselves: do that for a directory in which one stays. Else the credentials stand in the
# environment until they end. direnv looks at files before a prompt and at no clock, so it cannot
# renew them: the prompt says "expired", and `direnv reload` gets new ones. They are also asked for
# anew when a configuration file changes, and when the directory is entered again.
#
# Nobody is asked here, since a prompt waits for it: with a locked vault, or where a code is
# needed, the line that says so names the command, and `direnv reload` follows that.
use_xacct() {
    local said name
    if [ $# -eq 0 ]; then
        log_error 'use xacct: it takes DEST, such as: use xacct prod'
        return 1
    fi
    watch_file "${XDG_CONFIG_HOME:-$HOME/.config}/xacct/config" \
        "${AWS_CONFIG_FILE:-$HOME/.aws/config}"
    if said=$(xacct switch --shell bash --no-input "$@"); then
        case $said in
        usage:*) log_error 'use xacct: it takes DEST and options of xacct switch'; return 1 ;;
        esac
        eval "$said"
        return 0
    fi
    # What the shell was before is of another directory: here it would be a trap. This is no
    # failure of the .envrc, after which direnv may leave all as it was.
    log_error "there are no credentials here (use xacct $*);" \
        "after what xacct tries: direnv reload"
    eval "$(xacct env --unset --shell bash)"
    # And what is not of xacct's making: programs would take that now.
    for name in "${!AWS_@}" "${!AMAZON_@}"; do
        case $name in
        AWS_REGION | AWS_DEFAULT_REGION | AWS_CONFIG_FILE | AWS_SHARED_CREDENTIALS_FILE) ;;
        *_PROFILE | *_ROLE_ARN | *_ACCESS_* | *_SECRET_* | *_TOKEN* | *_CONTAINER_*) unset "$name" ;;
        esac
    done
}
