# Turns the Markdown of this project's own reference pages into scdoc's language, so that a page
# and its manual page are one text. Knows what these pages use: headings, paragraphs, lists,
# tables, fenced blocks, links, bold and code.
#
#   awk -v title='xacct-protocol(7) "xacct" "Protocols"' -v name='xacct-protocol - …' -f … PAGE.md

# What scdoc would take for its own is escaped; bold and code become bold; of a link the text
# stays.
function escaped(text) {
    gsub(/[\\*_`#|~<>+.\[\]-]/, "\\\\&", text)
    return text
}

function inline(text,    out, at) {
    out = ""
    while (match(text, /`[^`]+`|\*\*[^*]+\*\*|\*[A-Za-z][^*]*\*|\[[^]]+\]\([^)]+\)/)) {
        out = out escaped(substr(text, 1, RSTART - 1))
        at = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (at ~ /^`/)
            out = out "*" escaped(substr(at, 2, length(at) - 2)) "*"
        else if (at ~ /^\*\*/)
            out = out "*" escaped(substr(at, 3, length(at) - 4)) "*"
        else if (at ~ /^\*/)
            out = out "_" escaped(substr(at, 2, length(at) - 2)) "_"
        else
            out = out escaped(substr(at, 2, index(at, "](") - 2))
    }
    return out escaped(text)
}

function row(line, first,    n, cells, i) {
    gsub(/^\| *| *\|$/, "", line)
    gsub(/\\\|/, "\001", line)
    n = split(line, cells, / *\| */)
    for (i = 1; i <= n; i++) {
        gsub(/\001/, "|", cells[i])
        print (i == 1 ? "|" : ":") (first ? "[" : " ") " " inline(cells[i])
    }
}

# Lines of one paragraph or item are put together: where one is broken means nothing, and what
# stands at the head of a line could mean something else.
function flush() {
    if (held != "")
        printf "%s\n", inline(held)
    held = ""
}

function blank() {
    flush()
    if (!was_blank)
        print ""
    was_blank = 1
}

BEGIN {
    print title "\n\n# NAME\n\n" name "\n"
    was_blank = 1
}

/^```/ {
    flush()
    fenced = !fenced
    # What a block is, where that is said behind its first mark.
    if (fenced && length($0) > 3) {
        sub(/^```(fields )?/, "")
        printf "%s\n\n", inline("**" $0 "**")
    }
    print "```"
    was_blank = 0
    next
}

fenced {
    gsub(/\\/, "&&")
    print
    next
}

/^# / { next }

/^##+ / {
    begun = 1
    blank()
    sub(/^#/, "")
    gsub(/`/, "")
    print
    print ""
    was_blank = 1
    in_list = 0
    next
}

/^\|[ -|]*---/ { next }

/^\|/ {
    if (!in_table)
        blank()
    row($0, !in_table)
    in_table = 1
    was_blank = 0
    next
}

{ in_table_before = in_table; in_table = 0 }

in_table_before { print ""; was_blank = 1 }

/^$/ { blank(); in_list = 0; next }

!begun { print "# DESCRIPTION\n"; begun = 1 }

/^- / || (/^[0-9]+\. / && (was_blank || in_list)) {
    flush()
    if (!in_list && !was_blank)
        print ""
    printf /^-/ ? "- " : ". "
    sub(/^(-|[0-9]+\.) /, "")
    held = $0
    in_list = 1
    was_blank = 0
    next
}

{
    sub(/^ +/, "")
    held = held == "" ? $0 : held " " $0
    was_blank = 0
}

END { flush() }
