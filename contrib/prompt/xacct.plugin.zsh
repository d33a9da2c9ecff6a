# A plugin of oh-my-zsh, or of any manager that sources NAME.plugin.zsh: xa, renewal and completion
# (xacct init zsh), and the text for a theme, in ${__xacct_ps1_text} or by $(xacct_prompt_info).
# It leaves the theme's prompt as it is.
source "${${(%):-%x}:A:h}/xacct-prompt.sh"
(( ! $+commands[xacct] )) || eval "$(xacct init zsh)"

# In the manner of oh-my-zsh's own: git_prompt_info, aws_prompt_info, …
xacct_prompt_info() {
    __xacct_ps1 "${ZSH_THEME_XACCT_PREFIX-<}%s${ZSH_THEME_XACCT_SUFFIX->}"
}

# After the renewal, so that the time is the new one.
autoload -Uz add-zsh-hook
add-zsh-hook precmd __xacct_ps1_update
add-zsh-hook precmd __xacct_tmux
