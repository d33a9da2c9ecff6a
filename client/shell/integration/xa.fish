# xacct for fish: `xa` switches this shell to a destination, and what it got is renewed before a
# prompt when it ends soon. Nothing is printed here.
set -g __xacct_words
set -g __xacct_back
set -g __xacct_mine ''
set -g __xacct_next 0
set -g __xacct_picked ''

function xa --description 'Switch this shell to a destination of xacct'
    set -l new $argv
    set -l again
    if test "$argv[1]" = -
        if test (count $__xacct_back) -eq 0
            echo 'xacct: there is no destination to go back to' >&2
            return 2
        end
        set new $__xacct_back $argv[2..-1]
        set again --again
    end
    set -l said (command $__xacct_program switch --shell fish $again $new)
    or return
    if string match -q 'usage:*' -- $said[1]
        printf '%s\n' $said
        return
    end
    set -g __xacct_picked ''
    eval "$said"
    test -z "$__xacct_picked"
    or set new $__xacct_picked $new
    test (count $__xacct_words) -eq 0
    or set -g __xacct_back $__xacct_words
    set -g __xacct_words
    test -z "$XACCT_DEST"
    or set -g __xacct_words $new
    set -g __xacct_mine "$XACCT_DEST $XACCT_EXPIRES"
    set -g __xacct_next 0
    return 0
end

# Without a fork: how long ago a file was changed, and when, make the time.
function __xacct_now
    if builtin -q path
        set -l then (path mtime /)
        and set -l ago (path mtime -R /)
        and math $then + $ago
        and return
    end
    command date +%s
end

# What ends in less than five minutes is asked for anew, at most each five seconds, and only what
# xa has set here.
function __xacct_renew --on-event fish_prompt
    test -n "$XACCT_EXPIRES" -a "$XACCT_DEST $XACCT_EXPIRES" = "$__xacct_mine"
    or return
    set -l now (__xacct_now)
    test (math $XACCT_EXPIRES - $now) -lt 300 -a $now -ge $__xacct_next
    or return
    set -g __xacct_next (math $now + 5)
    set -l said (command $__xacct_program renew --shell fish $__xacct_words 2>/dev/null)
    and eval "$said"
    and set -g __xacct_mine "$XACCT_DEST $XACCT_EXPIRES"
end
