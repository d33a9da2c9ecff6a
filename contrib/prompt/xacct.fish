# This shell's destination for the prompt of fish (3.5 or later). What it says is what
# `xacct prompt` says, from the same variables, and no process is made for it: fish runs its own
# functions and builtins in a command substitution by itself. README.md shows how it is used.
#
#   __xacct_ps1 [FORMAT]   prints it; FORMAT is printf's, with %s in the place of the text, and
#                          " (%s)" if it is left out. Nothing is printed where there is none.
#   __xacct_tmux           tells tmux what this pane works in; it is run before each prompt, and
#                          does nothing outside of tmux

# Some text without control characters, without those that change the direction of what stands
# beside them (xa_text_printable), and without bytes that are no UTF-8, which fish itself keeps as
# the characters U+F600 to U+F6FF.
function __xacct_ps1_printable
    test -n "$argv[1]"
    and not string match -qr '[\p{Cc}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}'\
'\x{f600}-\x{f6ff}]' -- "$argv[1]"
end

# Sets label, level and expires, which are the caller's; the label is empty where there is no
# destination.
function __xacct_ps1_parts --no-scope-shadowing
    set label ''
    set level ''
    set expires ''
    __xacct_ps1_printable "$XACCT_DEST"
    or return 0
    for value in "$AWS_VAULT" "$AWSUME_PROFILE" "$AWSU_PROFILE" "$AWS_SSO_PROFILE" \
            "$AWS_OKTA_PROFILE" "$SAML2AWS_PROFILE" "$ASSUMED_ROLE" "$XACCT_DEST"
        set label "$value"
        __xacct_ps1_printable "$label"
        and break
    end
    switch "$XACCT_LEVEL"                # as xa_colour_of_level has them
        case prod production live high critical
            set level red
        case stage staging preprod test uat qa medium
            set level yellow
        case dev development sandbox low
            set level green
    end
    string match -qr '\A[0-9]{1,10}\z' -- "$XACCT_EXPIRES"
    and test "$XACCT_EXPIRES" -gt 0
    and set expires (math "$XACCT_EXPIRES")
    return 0
end

# Without a fork: how long ago a file was changed, and when, make the time.
function __xacct_ps1_now
    set -l then (path mtime /)
    and set -l ago (path mtime -R /)
    and math $then + $ago
end

# Prints the time until that second.
function __xacct_ps1_left
    set -l now (__xacct_ps1_now)
    and set -l s (math $argv[1] - $now)
    or return
    if test $s -le 0
        printf expired
    else if test $s -lt 60
        printf '%ds' $s
    else if test $s -lt 3600
        printf '%dm' (math -s 0 $s / 60)
    else if test $s -lt 86400
        printf '%dh%02dm' (math -s 0 $s / 3600) (math "floor($s / 60) % 60")
    else
        set -l hours (math "floor($s / 3600) % 24")
        printf '%dd' (math -s 0 $s / 86400)
        test $hours -eq 0
        or printf '%dh' $hours
    end
end

function __xacct_ps1 --description 'Print the destination of xacct for a prompt'
    set -l label
    set -l level
    set -l expires
    set -l number
    __xacct_ps1_parts
    test -n "$label"
    or return 0
    switch "$level"
        case red
            set number 31
        case yellow
            set number 33
        case green
            set number 32
    end
    if test -n "$number" -a -z "$NO_COLOR"
        set label \e"[$number"m"$label"\e'[m'
    end
    if test -n "$expires"
        set label "$label "(__xacct_ps1_left $expires)
    end
    set -q argv[1]
    or set argv ' (%s)'
    printf $argv[1] "$label"
    return 0
end

# The options @xacct_label, @xacct_colour and @xacct_expires of this pane, for tmux.conf. Set
# before each prompt, which takes tmux about 2 ms: a shell that remembered what it had told last
# would not know what another one, started from it, has told since.
function __xacct_tmux --on-event fish_prompt
    set -l label
    set -l level
    set -l expires
    test -n "$TMUX" -a -n "$TMUX_PANE"
    or return 0
    __xacct_ps1_parts
    test -n "$level"
    or set level default
    # A semicolon at an argument's end would end tmux's command.
    set label (string replace -r ';\z' '\\\\;' -- "$label")
    command tmux set-option -p -t "$TMUX_PANE" @xacct_label "$label" \; \
        set-option -p -t "$TMUX_PANE" @xacct_colour "$level" \; \
        set-option -p -t "$TMUX_PANE" @xacct_expires "$expires" >/dev/null 2>&1
    return 0
end
