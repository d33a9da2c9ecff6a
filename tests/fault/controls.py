"""Negative controls: takes each protection out of a copy of the source, one at a time, builds
it, and sees that the named test, which passes without that, fails. A control without such a
test does not count as present.

    tests/fault/controls.py [NAME …]        all, or those whose name holds one of the words
    tests/fault/controls.py --check [NAME …]   builds nothing: are the lines and tests still there?

But for the check, not part of the ordinary run: it builds the programs once per control.
"""

import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# (identifier and control, file, what stands there, what is put in its place, test)
# What stands there may be two things that guard the same: lists of one length.
# A test is FILE.py[:Class[.method]] of tests/e2e, or the name of a unit test's program.
CONTROLS = [
    ("N6 a kept plan ends with its configuration", "agent/broker/recall.c",
     "b->config == basis->config && ", "", "test_recall"),
    ("N6 and with other profiles", "agent/broker/recall.c",
     "b->profiles == basis->profiles &&", "true &&", "test_again"),
    ("N6 and with another key in the vault", "agent/broker/recall.c",
     "b->vault == basis->vault && ", "", "test_again"),
    ("N6 and with what AWS teaches", "agent/broker/recall.c",
     " && b->learned == basis->learned", "", "test_again"),
    ("N6 a kept plan is of the same bytes", "agent/broker/recall.c",
     "memcmp(item->bytes, request.at, request.len) == 0", "item->len > 0", "test_recall"),
    ("N13 what a kept plan leads to lasts long enough", "agent/broker/again.c",
     "!broker_lasts(held, kept->min_left_s, now_ms)", "false", "test_again"),
    ("a wish to ask anew is not kept", "agent/broker/again.c",
     "if (wish->refresh || ", "if (", "test_broker_mfa"),
    ("a plan with a guess is not kept", "agent/broker/again.c",
     " || plan->hops[i].doubtful)", ")", "test_broker_devices"),
    ("a long way is not kept", "agent/broker/again.c",
     "plan->n > XA_RECALL_HOPS_MAX ||", "false ||", "test_again"),
    ("N9 a request with a code is not kept", "agent/broker/again.c",
     "wish->mfa_code.len > 0 ||", "false ||", "test_again"),
    ("G1 a look at the configuration is good for one turn", "agent/broker/sight.c",
     "turn == 0 || turn != *looked_turn", "turn == 0 || *looked_turn == 0", "test_again"),
    ("G1 what may have come since ends the turn", "agent/turn.c",
     "if (++turn->n_ready > READY_COUNTED)", "if (0)", "test_turn"),
    ("G1 waiting begins a turn", "agent/turn.c",
     "    turn->n_ready = 0;\n    xa_turn_end(turn);", "    turn->n_ready = 0;",
     "test_cache.py:Held.test_a_change_counts_from_the_next_request_on"),
    ("N7 what doctor signs is not what a client says", "agent/accounts/doctor/scene.c",
     "if (whose.len == 0)", "if (task_noted(t, \"caller\").len > 0)", "test_doctor"),
    ("N7 an ARN is looked at before it stands in a statement", "agent/accounts/doctor/scene.c",
     "if (!is_arn(whose))", "if (false)", "test_doctor"),
    ("N7 doctor looks at a role with the rights of its account only", "agent/accounts/doctor/doctor.c",
     "refusal == NULL && xa_slice_is(record->account, s.hop->account)", "refusal == NULL",
     "test_doctor_knowledge.py:Knowledge.test_rights_elsewhere_see_nothing"),
    ("a frame behind another is of another turn", "agent/conn.c",
     "        if (at < len)                    /* the next may have come since */\n            xa_turn_end(&c->agent->turn);\n", "",
     "test_cache.py:Held.test_a_frame_behind_another_may_have_been_sent_later"),
    ("what is read on at once is of another turn", "agent/conn.c",
     "    if ((size_t)n == buf->len)      /* libuv reads on at once */\n        xa_turn_end(&c->agent->turn);\n", "",
     "test_cache.py:Held.test_what_is_read_on_at_once_may_have_been_sent_later"),
    ("0, 1 and 2 are filled where one was closed", "client/base/descriptors.c",
     "    if (fd < 0 || fd > STDERR_FILENO)", "    if (true)",
     "test_env.py:Statements.test_closed_descriptors_get_no_credentials"),
    ("what is not at hand is not fetched", "agent/broker/broker.c",
     "if (held == NULL && ask->at_hand)", "if (false)", "test_broker"),
    ("who asks for what is at hand takes no turn", "agent/lease.c",
     "if (asking->at_hand)", "if (false)",
     "test_protocol_asking.py:Locked.test_who_asks_for_what_is_at_hand_takes_no_turn"),
    ("P1 the peer's uid is checked", "agent/accept.c",
     "peer.uid != getuid() && !(peer.uid == 0 && root_allowed)", "false && root_allowed",
     "test_hardening.py:Peers.test_no_byte_for_a_foreign_user_nor_for_root"),
    ("P1 root is refused unless allowed", "agent/accept.c",
     "!(peer.uid == 0 && root_allowed)", "!(peer.uid == 0 || root_allowed)",
     "test_hardening.py:Peers.test_no_byte_for_a_foreign_user_nor_for_root"),
    ("P1 allow_root lets root in", "agent/accept.c",
     "roles != NULL && roles->agent.allow_root", "roles != NULL && false",
     "test_hardening.py:Peers.test_root_is_served_where_the_configuration_allows_it"),
    ("P2 the client checks who serves", "client/link/connect.c", "if (peer.uid != paths->uid)",
     "if (peer.uid == (uid_t)-2)", "test_hardening.py:Peers.test_no_byte_for_a_squatter"),
    ("H1 undumpable", "agent/harden.c", "prctl(PR_SET_DUMPABLE, 0,", "prctl(PR_SET_DUMPABLE, 1,",
     "test_hardening.py:Hardness.test_started_by_the_client"),
    ("H1 no core files", "agent/harden.c", "const struct rlimit none = { 0, 0 };",
     "const struct rlimit none = { 1, 1 };", "test_hardening.py:Hardness.test_started_by_the_client"),
    ("H1 no new privileges", "agent/harden.c", "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0", "false",
     "test_hardening.py:Hardness.test_started_by_the_client"),
    ("H2 a tracer is refused", "agent/harden.c", "if (tracer == 0)", "if (tracer >= 0)",
     "test_hardening.py:Hardness.test_a_traced_start_is_refused"),
    ("H2 descriptors are closed", "agent/harden.c", "            close((int)fd);", "            (void)fd;",
     "test_hardening.py:Hardness.test_descriptors_are_those_of_the_list"),
    ("H2 standard descriptors are made valid", "agent/harden.c", "fd <= 2; fd++", "fd < 0; fd++",
     "test_hardening.py:Hardness.test_descriptors_are_those_of_the_list"),
    ("H3 the loader's variables go", "agent/harden.c", "if (kept == n)", "if (kept <= n)",
     "test_hardening.py:Hardness.test_a_preloaded_library_is_shed"),
    ("M2 unlocked memory is refused", "agent/guard.c",
     "agent->allow_unlocked_memory || xa_arena_locked(agent->arena)", "true",
     "test_hardening.py:Memory.test_a_low_limit_refuses_the_passphrase_and_says_what_to_do"),
    ("M7 the arena wipes what it takes back", "agent/vault/arena.c", "xa_wipe(", "(void)sizeof(",
     "test_secrets.py:Secrets.test_locked_nothing_is_left"),
    ("M7 a read buffer is wiped", "agent/conn.c", "xa_wipe(buf->base, (size_t)n);", "",
     "test_secrets.py:Secrets.test_the_passphrase_is_gone_after_unlock"),
    ("M7 a reply is wiped", "agent/conn.c", "xa_wipe(c->agent->out, w.len);", "",
     "test_secrets.py:Secrets.test_locked_nothing_is_left"),
    ("P6 lock takes issued credentials", "agent/broker/broker.c", "    if (!keep)\n", "    if (keep)\n",
     "test_secrets.py:Secrets.test_locked_nothing_is_left"),
    ("P6 a lock holds against what waits", "agent/handle_secret.c",
     "return op->n_locks == op->agent->n_locks ||", "return op != NULL ||",
     "test_protocol_corners.py:Corners.test_and_against_a_passwd_that_waits"),
    ("C4 long work at once has an end", "agent/handle_account.c", "#define TASKS_MAX 64", "#define TASKS_MAX 100000",
     "test_crowd.py:Crowd.test_setup_that_waits_for_credentials"),
    ("C4 what waits for long work has an end", "agent/handle_account.c", "#define WAITING_MAX 64",
     "#define WAITING_MAX 100000", "test_crowd.py:Crowd.test_setup_that_ends_without_a_call"),
    ("C6 a turn ends", "agent/conn.c", "#define TURN_FRAMES 8", "#define TURN_FRAMES 1000000",
     "test_protocol_corners.py:Corners.test_one_that_never_stops_asking_has_its_turn_and_no_more"),
    ("C10 one question at a time", "agent/lease.c", "    give_up_other(conn, lease);\n",
     "    conn->lease = lease->holder == conn ? lease : NULL;\n",
     "test_protocol_codes.py:AnMfaCode.test_who_asks_for_something_else_gives_the_question_up"),
    ("P6 lock takes the keys", "agent/guard.c", "    xa_vault_lock(agent->vault);\n", "",
     "test_secrets.py:Secrets.test_locked_nothing_is_left"),
    ("M5 a helper gets no descriptor of ours", "client/asking/helper.c", "    xa_child_keep_descriptors();\n", "",
     "test_mfa_asking.py:WaysToGiveIt.test_the_program_gets_no_descriptor_of_ours"),
    ("S1 the directory's owner", "proto/sockpath.c", "if (st.st_uid != uid) {", "if (false) {",
     "test_sockets.py:Directory.test_of_another_owner"),
    ("S1 the directory's mode", "proto/sockpath.c", "if ((st.st_mode & 077) != 0) {", "if (false) {",
     "test_sockets.py:Directory.test_open_to_the_group"),
    ("S1 no symbolic link", "proto/sockpath.c", "O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);\n    if (fd < 0) {",
     "O_RDONLY | O_DIRECTORY | O_CLOEXEC);\n    if (fd < 0) {",
     "test_sockets.py:Directory.test_a_symbolic_link"),
    ("S2 mode 0600 before the name", "agent/server.c",
     ["umask(0177)", "fchmod(fd, 0600) == 0 &&"], ["umask(0)", ""],
     "test_sockets.py:Life.test_no_mode_but_0600_is_ever_seen"),
    ("S4 one agent holds the lock", "agent/server.c", "if (fcntl(s->lock_fd, F_OFD_SETLK, &lock) == 0)",
     "if (fcntl(s->lock_fd, F_OFD_SETLK, &lock) <= 0)",
     "test_sockets.py:Life.test_of_many_agents_exactly_one_serves"),
    ("S4 no socket is bound over a lock", "proto/sockpath.c", "if (is_taken(wished)) {",
     "if (is_taken(wished) && runtime == wished) {",
     "test_sockets.py:Directory.test_xacct_sock_is_not_named_like_a_lock_beside_it"),
    ("S5 another's socket is left alone", "agent/server.c",
     "st.st_dev == s->dev && st.st_ino == s->ino)\n", "true)\n",
     "test_sockets.py:Life.test_another_ones_socket_is_left_alone"),
    ("N5 the account of the answer", "agent/aws/sts.c",
     "!xa_slice_same(account, expect->account)", "!xa_slice_same(account, account)", "test_sts"),
    ("N5 the role of the answer", "agent/aws/sts.c",
     "!xa_slice_same(custom ? last_part(role) : role, expect->role_name)",
     "!xa_slice_same(last_part(role), last_part(role))", "test_sts"),
    ("G1 the owner of the configuration", "proto/file.c",
     "if (st->st_uid != getuid() && st->st_uid != 0)", "if (false)", "test_roles_file"),
    ("G1 the mode of the configuration", "proto/file.c",
     "if ((st->st_mode & 022) != 0) {", "if (false) {", "test_roles_file"),
    ("HELLO names our configuration", "agent/dispatch.c",
     "xa_slice_is(hello->config_path, ours->config)", "ours->config != NULL", "test_protocol.py"),
    ("HELLO names our vault", "agent/dispatch.c",
     "xa_slice_is(hello->vault_path, ours->vault)", "ours->vault != NULL", "test_protocol.py"),
    ("N10 one call for any number of callers", "agent/broker/fetch.c",
     "if (memcmp(f->hop.key, key, 32) == 0)", "if (memcmp(f->hop.key, key, 32) > 1000)",
     "test_processes.py:Start.test_one_call_for_any_number_of_callers"),
    ("one client starts the agent", "client/link/connect.c", "if (flock(fd, LOCK_EX | LOCK_NB) == 0)", "if (fd >= 0)",
     "test_processes.py:Start.test_fifty_clients_at_once_start_one_agent"),
    ("N9 a code is sent once", "agent/broker/codes.c",
     "return i >= 0 && now_ms - codes->sent[i].at_ms < LIFE_MS;", "return i >= 0 && now_ms == -LIFE_MS;",
     "test_mfa.py:OnceOnly.test_by_two_requests"),
    ("N9 a code that may have been looked at is not sent again", "agent/broker/verdict.c",
     "if (passing && f->code[0] == '\\0' && ", "if (passing && ",
     "test_mfa.py:OnceOnly.test_after_a_reset_or_an_error_on_the_way"),
    ("N9 nor when the courier dies", "agent/broker/fetch.c", ".once = f->code[0] != '\\0',", ".once = false,",
     "test_mfa.py:OnceOnly.test_when_the_courier_is_killed"),
    ("the agent's MFA session stays in it", "agent/broker/identity.c",
     "identity->duration_s, identity->handed_out,", "identity->duration_s, 0,", "test_plan"),
    ("a session that a code made is its person's", "agent/broker/fetch.c",
     ["if (f->hop.handed_out && code.len > 0)", "if (fetch->hop.handed_out && fetch->code[0] != '\\0')"],
     ["if (false)", "if (false)"], "test_broker_mfa"),
    ("C10 one question for any number of callers", "agent/lease.c",
     "if (memcmp(l->question->id, (*question)->id, sizeof l->question->id) == 0) {",
     "if (l->question == *question) {", "test_mfa_asking.py:WhoIsAsked.test_twenty_callers_one_question"),
    ("N11 attempts have an end", "agent/broker/verdict.c", "f->attempts < ATTEMPTS_MAX &&", "f->attempts < 9 &&",
     "test_outage.py:Again.test_and_no_more"),
    ("N11 inside the caller's patience", "agent/broker/verdict.c", "now_ms + rest < f->deadline_ms)", "rest >= 0)",
     "test_broker_failure"),
    ("N12 refusals are remembered", "agent/broker/broker.c", "    if (refusal != NULL) {", "    if (refusal != NULL && b == NULL) {",
     "test_outage.py:Remembered.test_a_tight_loop_costs_one_call"),
    ("N12 a person asks once a second", "agent/broker/refused.c", "(has_person ? PERSON_MS : entry->span_ms)",
     "(has_person ? 0 : entry->span_ms)", "test_outage.py:Remembered.test_but_not_more_than_once_a_second"),
    ("N14 a wrong clock is corrected", "agent/broker/verdict.c", "    if (correct_clock(f, record)) {",
     "    if (f == NULL && correct_clock(f, record)) {",
     "test_outage.py:Clocks.test_a_clock_that_is_off_costs_one_call_more"),
    ("N14 and only once", "agent/broker/verdict.c", "record->date_s == 0 || f->clock_corrected)",
     "record->date_s == 0 || f->attempts > 9)", "test_refusals.py:OnTheWay.test_a_clock_that_stays_wrong"),
    ("N2 no endpoint of a file that the environment names", "agent/broker/target.c",
     "if (part->endpoint_url.len == 0 && part->ca_bundle.len == 0)", "if (part != NULL)",
     "test_profiles.py:OtherFiles.test_it_sends_no_key_elsewhere"),
    ("adhoc = no", "agent/broker/target.c", "if (sight->roles->agent.adhoc)", "if (sight->roles != NULL)",
     "test_wishes.py:Sent.test_unless_the_configuration_forbids_it"),
    ("a credential_process that leads back is refused", "client/asking/foreign.c",
     "if (source == NULL || source[0] == '\\0')", "if (source == NULL || source[0] != '\\0')",
     "test_foreign.py:Fails.test_it_leads_back_to_us"),
    ("M8 the sealed cache is authenticated", "agent/vault/seal.c",
     "sealed.at, XA_SEAL_HEAD, sealed.at + AT_NONCE, derived) == 0;",
     "sealed.at, XA_SEAL_HEAD, sealed.at + AT_NONCE, derived) <= 0;", "test_seal"),
    ("M8 the sealed cache is this vault's", "agent/vault/seal.c",
     "if (!xa_equal(sealed.at + AT_ID, id, sizeof id))", "if (!xa_equal(id, id, sizeof id))", "test_seal"),
    ("M8 an older sealed cache is refused", "agent/broker/sealed_file.c", "if (sealed.serial < file->oldest)",
     "if (sealed.serial > sealed.serial)", "test_sealed_file"),
    ("N7 GetSessionToken by the key alone", "agent/broker/policy.c",
     "XA_ANSWER_SESSION_TOKEN,\n      true, false, false },",
     "XA_ANSWER_SESSION_TOKEN,\n      true, true, false },", "test_policy"),
    ("N7 ListMFADevices by the key alone", "agent/broker/policy.c",
     "XA_ANSWER_MFA_DEVICES, true,\n      false, false },",
     "XA_ANSWER_MFA_DEVICES, true,\n      true, false },", "test_policy"),
    ("N7 only what the table names is signed", "agent/broker/policy.c",
     "return may(&deeds[i], signer, temporary) ? &deeds[i] : NULL;",
     "return may(&deeds[i], signer, temporary) || true ? &deeds[i] : NULL;", "test_policy"),
    ("N7 and only in the action's own name", "agent/broker/call.c",
     "return body.len > len && memcmp(body.at, start, len) == 0;", "return body.len > len - len;", "test_policy"),
    ("V4 the commitment is compared", "agent/vault/store.c", "xa_equal(", "1 || xa_equal(", "test_store"),
    ("V8 the intent is in the file before AWS is asked", "agent/vault/job.c",
     "ok = job->body != NULL && save(job, &s, job->body, err);",
     "ok = job->body != NULL && (job->change.kind == XA_CHANGE_INTEND ||\n"
     "                                  save(job, &s, job->body, err));", "test_vault_rotation"),
    ("V8 the switch is one save", "agent/vault/job.c",
     "        ok = job->body != NULL && save(job, &s, job->body, err);",
     "        struct xa_secret *half = NULL;\n"
     "        if (job->body != NULL && job->change.kind == XA_CHANGE_SWITCH) {\n"
     "            job->change.kind = XA_CHANGE_SETTLE;\n"
     "            job->change.journaled = XA_KEY_PENDING;\n"
     "            half = changed_body(job, &s, err);\n"
     "        }\n"
     "        ok = job->body != NULL && (half == NULL || save(job, &s, half, err)) &&\n"
     "             save(job, &s, job->body, err);\n"
     "        xa_secret_free(&half);", "test_vault_power"),
    ("V8 the old key stays until AWS has deleted it", "agent/vault/change.c",
     "put(body, XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(XA_KEY_PENDING), both, 2, err)",
     "put(body, XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(XA_KEY_PENDING), both, 1, err)",
     "test_vault_rotation"),
    ("V8 passwd keeps the pending key", "agent/vault/job.c",
     "ok = load_current(job, &s, old_key, err) && save(job, &s, s.body, err);",
     "struct xa_vault_info *info = &job->change.info;\n"
     "        *info = (struct xa_vault_info){ .name = \"main\", .access_key_id = \"AKIAI44QH8DHBEXAMPLE\" };\n"
     "        job->change.kind = XA_CHANGE_SETTLE;\n"
     "        job->change.journaled = XA_KEY_PENDING;\n"
     "        ok = load_current(job, &s, old_key, err);\n"
     "        struct xa_secret *less = ok ? changed_body(job, &s, err) : NULL;\n"
     "        if (less != NULL) {\n"
     "            xa_secret_free(&s.body);\n"
     "            s.body = less;\n"
     "        }\n"
     "        ok = ok && save(job, &s, s.body, err);", "test_vault_rotation"),
    ("V8 a key is not the one to be deleted", "agent/vault/body.c",
     "&&\n           !xa_slice_same(last->access_key_id, e->access_key_id)", "", "test_body"),
    ("V8 another key's journal is not dropped", "agent/vault/change.c",
     "&&\n        xa_slice_is(ret->access_key_id, access_key_id))", ")", "test_vault_rotation"),
    ("V7 a refused step knows the file from then on", "agent/vault/job.c",
     "            catch_up(job, &s);", "            (void)catch_up;", "test_vault_rotation"),
    ("an older xacct opens the vault after a rotation", "agent/vault/body.c",
     "        if (e.kind != XA_KEY_CURRENT)\n            is.version = OF_ALL_KINDS;",
     "        is.version = OF_ALL_KINDS;", "test_vault_rotation"),
    ("L1 the program holds the port", "client/serve/serve.c",
     "fcntl(s->listener, F_SETFD, 0) == 0 ? 0 : errno", "0",
     "test_endpoint.py:HowLongItLives.test_the_server_is_killed"),
    ("L1 the end of the program frees it", "client/serve/serve.c",
     "shutdown(s->listener, SHUT_RDWR);", "",
     "test_endpoint.py:HowLongItLives.test_what_the_program_left_behind_does_not_hold_it"),
    ("L1 a port of the kernel's choice", "client/serve/port.c", "loopback(0)", "loopback(45731)",
     "test_endpoint.py:Rules.test_l2_the_token"),
    ("L2 the token is compared", "client/serve/gate.c", "return differs == 0;", "return true;",
     "test_endpoint.py:Rules.test_l2_the_token"),
    ("L2 all of it", "client/serve/gate.c", "i < XA_GATE_TOKEN_LEN; i++)\n        differs",
     "i < XA_GATE_TOKEN_LEN - 1; i++)\n        differs", "test_gate"),
    ("L2 its length", "client/serve/gate.c", "if (given.len != XA_GATE_TOKEN_LEN)",
     "if (given.len < XA_GATE_TOKEN_LEN)", "test_endpoint.py:Rules.test_l2_the_token"),
    ("L2 wrong ones wait", "client/serve/gate.c", "return ++gate->n_wrong > WRONG_MAX;",
     "return false;",
     "test_endpoint.py:Rules.test_l2_many_wrong_tokens_wait_and_the_right_one_does_not"),
    ("L2 and make room for the right one", "client/serve/seats.c",
     "XA_SEAT_FREE, XA_SEAT_LEAVING, XA_SEAT_LATE,", "XA_SEAT_FREE, XA_SEAT_LEAVING,",
     "test_endpoint.py:Rules.test_l2_many_wrong_tokens_wait_and_the_right_one_does_not"),
    ("L3 the host", "client/serve/gate.c", "if (!xa_gate_host_good(r->host, gate->port))",
     "if (false)", "test_endpoint.py:Rules.test_l3_the_host"),
    ("L3 the host's port", "client/serve/gate.c", 'with_port, "%s:%u", names[i], (unsigned)port',
     'with_port, "%.*s", (int)host.len, (const char *)host.at',
     "test_endpoint.py:Rules.test_l3_the_host"),
    ("L4 the owner of the connection", "client/serve/port.c", "return known && owner == getuid();",
     "return known;", "test_endpoint.py:Rules.test_l4_another_user"),
    ("L5 pages and proxies", "client/serve/gate.c", "if (r->by_page)", "if (false)",
     "test_endpoint.py:Rules.test_l5_what_browsers_and_proxies_send"),
    ("L6 the method", "client/serve/gate.c", 'if (!xa_slice_is(r->method, "GET"))', "if (false)",
     "test_endpoint.py:Rules.test_l6_the_request_line"),
    ("L6 the path", "client/serve/gate.c", "if (!xa_slice_is(r->target, XA_GATE_PATH))",
     "if (false)", "test_endpoint.py:Rules.test_l6_the_request_line"),
    ("L6 no body", "client/serve/gate.c", "if (r->has_body)", "if (false)",
     "test_endpoint.py:Rules.test_l6_no_body"),
    ("L6 no header twice", "client/serve/http.c", "seen(names, n, names[n])", "false",
     "test_endpoint.py:Rules.test_l6_the_headers"),
    ("L6 nothing behind the head", "client/serve/http.c", "return s->at == s->end;",
     "return true;", "test_endpoint.py:Rules.test_l6_the_headers"),
    ("L6 the number of headers", "client/serve/http.c", "n == XA_HTTP_LINES_MAX || ", "",
     "test_endpoint.py:Rules.test_l6_the_sizes"),
    ("L6 the time for a head", "client/serve/seats.h", "#define XA_SEAT_READ_MS 2000",
     "#define XA_SEAT_READ_MS 20000", "test_endpoint.py:Rules.test_l6_the_time"),
    ("L6 the silent make room", "client/serve/seats.c",
     "XA_SEAT_LATE,\n                                                XA_SEAT_READING };",
     "XA_SEAT_LATE };", "test_endpoint.py:Rules.test_l6_who_says_nothing_makes_room"),
    ("L7 an answer in time", "client/serve/seats.h", "#define XA_SEAT_WAIT_MS 800",
     "#define XA_SEAT_WAIT_MS 9000",
     "test_endpoint.py:WhatItSaysInstead.test_an_agent_that_hangs"),
    ("L7 no store", "client/serve/answer.c", "Cache-Control: no-store\\r\\n", "",
     "test_endpoint.py:WhatItGives.test_credentials_as_the_sdks_want_them"),
    ("L7 asked beside", "client/serve/fetcher.c", "    if (!takes_a_person(c, &err)) {",
     "    if (true) {", "test_endpoint.py:WhatItSaysInstead.test_while_a_person_is_asked"),
    ("the browser's address is good for its path alone", "client/browser.c",
     "xa_slice_is(r->target, d->path) &&", "", "test_console.py:TheBrowser"),
    ("no SessionDuration for a chained role", "agent/broker/errand_ask.c",
     "if (e->identity.signed_by_key)", "if (true)", "test_console.py:TheLink.test_how_long"),
    ("N7 a source's session does not sign in to the console", "agent/broker/policy.c",
     'XA_ANSWER_SIGNIN_TOKEN,\n      false, false, true }',
     'XA_ANSWER_SIGNIN_TOKEN,\n      false, true, true }', "test_policy"),
    ("N7 what is presigned is bound to its action", "agent/broker/presign.c",
     "if (!query_asks_for(order->query, deed->name))", "if (false)", "test_presign"),
    ("ECR's token is this account's", "agent/aws/token.c", "!xa_slice_same(whose, account)",
     "false", "test_token"),
    ("docker's token is for the registry asked about", "client/cmd_docker_credential.c",
     "return is_for(r.endpoint_url, &registry)", "return true",
     "test_tokens.py:Docker.test_a_name_that_only_looks_like_a_registry"),
    ("CodeCommit's hosts and no others", "agent/aws/token.c",
     "return ends_as(rest, region) ? region : none;", "return region;", "test_token"),
    ("a profile is never there twice", "client/cmd_aws_config.c", "    if (line > 0) {",
     "    if (line > 100000) {", "test_aws_config.py:Refused.test_a_name_that_stands_elsewhere"),
    ("a line in the block that is not xacct's is not lost", "client/awsfiles/aws_block.c",
     "inside && !is_ours(line)", "false",
     "test_aws_config.py:Refused.test_a_block_that_is_not_ours_any_more"),
    ("P6 what AWS answers after a lock is nobody's", "agent/broker/errand_ask.c",
     "if (e->locks != e->broker->locks) {", "if (false) {",
     "test_tokens.py:Docker.test_a_lock_meanwhile"),
    ("P6 a sign-in link after a lock too", "agent/broker/errand_ask.c",
     "if (e->locks != e->broker->locks) {", "if (false) {", "test_console.py:"
     "TheLink.test_a_lock_meanwhile"),
    ("a token of forgotten credentials is not kept", "agent/broker/errand.c",
     "    if (!broker_signing_key(e->broker, &e->identity, &held))\n        return;",
     "    (void)held;", "test_tokens.py:Docker.test_forget_meanwhile"),
    ("one cluster's token is not another's", "agent/broker/errand.c",
     "xa_slice_of(e->identity.region), e->order.cluster,", "{ 0 }, { 0 },",
     "test_tokens.py:Eks.test_one_s_token_does_not_answer_for_another"),
    ("the diff holds the block alone", "client/base/diff.c", "    put_lines(o, '-', a.changed);",
     "    put_lines(o, ' ', a.text);\n    put_lines(o, '-', a.changed);",
     "test_aws_config.py:Shown.test_the_diff_holds_no_line_of_the_person_s"),
    ("what a killed run left goes", "client/awsfiles/aws_rewrite.c",
     "        unlinkat(dir, entry, 0);", "        (void)dir;",
     "test_aws_config.py:Killed.test_what_a_killed_run_left_goes"),
    ("FIPS is not passed over for ECR", "agent/broker/errand_ask.c",
     ".fips = e->identity.fips, .dualstack = e->identity.dualstack,", "",
     "test_errand"),
    ("G1 a label goes only where prompts look", "proto/label.c",
     "if (!known(next_item(&list)))", "if (next_item(&list).len == 0)", "test_keys"),
    ("a prompt waits for nobody", "client/requests/request.c",
     "    if (c->command->patience_ms <= HASTY_MS)", "    if (false)",
     "test_shell.py:Prompting.test_an_agent_that_hangs"),
    ("to go back gives no more than there was", "client/shell/integration/xa.bash",
     '__xacct_back=("${__xacct_words[@]}")', '__xacct_back=("${__xacct_words[0]}")',
     "test_shell.py:Switching.test_back_with_the_same_wishes"),
    ("exec: what a group gets arrives once", "client/serve/serve.c",
     "!xa_witness_saw(&s->witness, (int)info->ssi_signo, (pid_t)info->ssi_pid)", "true",
     "test_exec.py:SignalsUnderAServer.test_to_the_whole_group"),
    ("exec: what the server alone gets goes on", "client/serve/serve.c",
     "!xa_witness_saw(&s->witness, (int)info->ssi_signo, (pid_t)info->ssi_pid)",
     "getpgid((pid_t)info->ssi_pid) != getpgid(s->child)",
     "test_exec.py:SignalsUnderAServer.test_from_the_same_group"),
    ("exec: who asks ends with the program", "client/serve/serve.c",
     "    end_group(s->asker);\n", "",
     "test_endpoint.py:WhatItSaysInstead.test_who_asks_ends_with_the_program"),
    ("L6 so many connections", "client/serve/seats.h", "#define XA_SEATS 64 ",
     "#define XA_SEATS 512 ", "test_endpoint.py:Rules.test_l6_who_says_nothing_makes_room"),
    ("N12 a probe's answer holds for a second", "agent/broker/probe.c", "#define HOLDS_MS 1000",
     "#define HOLDS_MS 0", "test_protocol_probe.py:Probing.test_at_most_once_a_second"),
    ("G3 doctor shows nothing that a terminal obeys", "client/doctor/report.c",
     "    xa_text_plain(message);\n", "",
     "test_doctor.py:Doctor.test_hostile_variables_are_shown_harmless"),
    ("what another set is not renewed", "client/shell/integration/xa.bash",
     '[ "${XACCT_DEST-} $XACCT_EXPIRES" = "$__xacct_mine" ]', '[ -n "$__xacct_mine" ]',
     "test_shell.py:Renewal.test_what_another_set_is_left_alone"),
    ("tokens go with a lock and with forget", "agent/broker/errand.c",
     "xa_slice_of(e->identity.name), &issued", 'xa_slice_of("other"), &issued',
     "test_tokens.py:Docker.test_it_lasts_longer_than_what_signed"),
    ("design 4: one step of a work at a time", "agent/handle_account.c",
     "    bool waits = must_wait(agent, c->type);\n", "    bool waits = false;\n",
     "test_revoke.py:Left.test_a_client_that_leaves_ends_nothing"),
    ("N7 revoke looks whose role it changes", "agent/accounts/revoke.c",
     "if (unknown || xa_slice_same(record->account, role.account))", "if (true)",
     "test_revoke.py:ByAnother.test_another_accounts_role_of_the_same_name_is_left_alone"),
    ("T1 revoke goes by AWS's time", "agent/accounts/revoke.c",
     "    if (t->step == STEP_DENY)\n        return deny(t, err);\n",
     "    if (t->step != STEP_DENY + 1)\n        return deny(t, err);\n",
     "test_task"),
    ("N7 a place is this agent's, for this request", "agent/accounts/place.c",
     "    if (!is_sealed(t, place))\n", "    if (place.len == 0)\n", "test_task"),
    ("N7 a place has an end", "agent/accounts/place.c",
     "now_ms - written_ms <= LIFE_MS", "true", "test_task"),
    ("N12 no step is made before its time", "agent/accounts/task.c",
     "    t->wait_ms = place_wait_ms(t);\n", "    t->wait_ms = 0;\n", "test_task"),
    ("N12 a call that led nowhere waits", "agent/accounts/task.c",
     "        t->wait_ms = SAME_AGAIN_MS;\n", "        t->wait_ms = t->wait_ms + 0;\n", "test_task"),
    ("N11 what AWS was too busy for comes again a few times", "agent/accounts/task.c",
     " || t->tries >= TASK_TRIES_MAX", "", "test_task"),
    ("P7 what is changed at AWS is logged", "agent/handle_account.c", "    if (deed[0] != '\\0')\n",
     "    if (deed[0] == '?')\n", "test_revoke.py:Log"),
    ("G2 what is weighed has an end", "agent/accounts/details.c", "        if (*effort == 0)\n", "        if (false)\n",
     "test_trust"),
    ("N4 IAM answers what it was asked", "agent/courier/reply_iam.c",
     "    if (!is_of_action(r->action, root))\n        return false;\n", "", "test_reply_iam"),
    ("N7 only a source has a pending key", "agent/broker/act.c",
     "outlook != XA_ANSWERED || (other && goal->kind != XA_IDENTITY_SOURCE)", "false", "test_act"),
    ("setup: what is made is what was shown", "agent/accounts/setup/setup.c", ".bind = bind, ", "", "test_setup"),
    ("setup: a question is not passed over", "agent/accounts/setup/setup.c",
     "return t->agreed || xa_fail(", "return true || xa_fail(", "test_setup"),
    ("a question is not answered by silence", "agent/accounts/place.c",
     "        t->agreed = said_yes;\n", "        t->agreed = true;\n", "test_setup"),
    ("N12 the same step asks AWS once a second", "agent/handle_account.c", "    if (wait_ms > 0) {\n",
     "    if (wait_ms > 1000000) {\n", "test_crowd.py:Loop"),
    ("rotate: the key that goes is the one that was asked about", "agent/accounts/rotate/rotate.c",
     'xa_slice_same(task_noted(t, "asked"), key->id)', "true", "test_rotate"),
    ("setup: what is replaced is what was shown", "agent/accounts/setup/role.c",
     '!xa_slice_is(task_noted(t, "seen"), seen)', "false",
     "test_setup.py:TrustThatDiffers.test_what_changed_while_the_person_read_is_shown_again"),
    ("setup: who acts is of the account that is meant", "agent/accounts/setup/role.c",
     "!xa_slice_same(record->account, account)", "false", "test_setup"),
    ("setup: a role of somebody else's is asked about", "agent/accounts/setup/role.c",
     "if (!setup_is_made_for(s, details))", "if (false)",
     "test_setup.py:NotOurs.test_a_foreign_role_is_asked_about"),
    ("setup: a quote in a value ends nothing in a script", "client/shell/quote.c",
     "if (value.at[i] == '\\'')", "if (false)", "test_shell"),
    ("setup: undo takes what has our tag", "agent/accounts/setup/undo_role.c",
     "if (!setup_is_ours(record->details))\n        return leave_foreign(t);", "",
     "test_setup.py:NotOurs.test_undo_leaves_it"),
    ("setup: undo asks where more than ours is in the role", "agent/accounts/setup/undo_role.c",
     "if (is_only_ours(t))", "if (true)", "test_setup"),
    ("setup: undo asks about a role tagged for another destination",
     "agent/accounts/setup/owner.c", "xa_slice_is(setup_made_for(details), name)", "true",
     "test_setup"),
    ("setup: undo asks about a role that trusts another", "agent/accounts/setup/undo_role.c",
     "if (!setup_is_trusted_as_shown(s, details)) {", "if (false) {", "test_setup"),
    ("setup: undo deletes what was shown", "agent/accounts/setup/undo_role.c",
     "has_yes(t) && xa_slice_same(task_noted(t, \"asked\"), task_noted(t, \"seen\"))",
     "has_yes(t)", "test_setup_others.py:OfOthers.test_what_changed_meanwhile_is_shown_again"),
    ("setup: --yes is not said of what others made", "client/setup/work.c",
     ".yes = !s->ask.undo && ", ".yes = ",
     "test_setup_others.py:OfOthers.test_another_s_role_is_left_where_nobody_is_asked"),
    ("setup: a policy of another form is left", "agent/accounts/setup/source.c",
     "if (!setup_note_grants(t, record->details))", "if (!setup_note_grants(t, record->details) && false)",
     "test_setup"),
    ("setup: what others wrote meanwhile is looked at", "agent/accounts/setup/versions.c",
     "if (base == 0 || ours <= base + 1)", "if (true)",
     "test_setup_others.py:AtTheSameTime.test_two_setups_keep_both_grants"),
    ("setup: what was written is read again", "agent/accounts/setup/source.c",
     "    if (changed)\n        return change(t, err);",
     "    if (changed && task_noted(t, \"wrote\").len == 0)\n        return change(t, err);",
     "test_setup"),
    ("setup: undo reads again what it wrote", "agent/accounts/setup/undo.c",
     "    if (!setup_take_out(t))", "    if (!setup_take_out(t) || task_noted(t, \"wrote\").len > 0)",
     "test_setup_others.py:AtTheSameTime.test_what_another_program_brings_back_is_taken_out_again"),
    ("setup: a policy of somebody else's is asked about", "agent/accounts/setup/source.c",
     "(setup_is_ours(details) || task_note", "(true || task_note",
     "test_setup_others.py:PoliciesOfOthers.test_a_foreign_one_is_asked_about"),
    ("setup: a policy that others have is asked about", "agent/accounts/setup/source.c",
     "is_foreign(t) || n_others(t) > 0 ? ask_to_change", "is_foreign(t) ? ask_to_change",
     "test_setup_others.py:PoliciesOfOthers.test_one_s_own_that_another_has_too"),
    ("setup: an old version of somebody else's is asked about", "agent/accounts/setup/versions.c",
     'task_noted(t, "foreign").len > 0 ? ask_to_drop', "false ? ask_to_drop",
     "test_setup_others.py:PoliciesOfOthers.test_an_old_version_of_a_foreign_one_is_asked_about"),
    ("setup: an ARN in a policy is no pattern", "agent/accounts/setup/terms.c",
     'strpbrk(arn, "*?$\\"\\\\") == NULL', "arn != NULL", "test_setup"),
    ("setup: the role that answers is the one that was made", "client/setup/proof.c",
     "xa_expect_met(wanted, r.account, r.arn, err)", "true",
     "test_setup_faults.py:Troubled.test_a_proof_of_another_role"),
    ("V8 a new key must be the same user's", "agent/accounts/rotate/took.c",
     "!xa_slice_is(record->arn, s->source.arn) ||", "false ||",
     "test_rotate.py:WhatCannotBe.test_an_answer_for_another_switches_nothing"),
    ("V8 a key is asked for once", "agent/accounts/rotate/rotate.c", "t->repeatable = false;",
     "t->repeatable = true;",
     "test_rotate_interrupted.py:Interrupted.test_a_busy_aws_is_asked_again_but_for_a_key"),
    ("V8 a key whose secret is lost is known again", "agent/accounts/rotate/judge.c",
     "return f->journal->kind == XA_KEY_INTENT &&", "return false &&", "test_rotate_judge"),
    ("V8 a key that nobody has named does not go", "agent/accounts/rotate/judge.c",
     "    *ret_key = rotate_keys_find(f->keys, f->goes);",
     "    *ret_key = rotate_may_be_lost(f, other) ? other : rotate_keys_find(f->keys, f->goes);",
     "test_rotate_interrupted.py:Interrupted.test_a_key_that_somebody_makes_then_is_left"),
    ("V8 a step of a rotation begins with what the file holds", "agent/accounts/rotate/rotate.c",
     "if (!xa_vault_catch_up(t->vault, &changed, err))\n        return false;", "changed = false;",
     "test_rotate"),
    ("V8 one agent at a time asks AWS for a key or takes one away", "agent/vault/disk.c",
     "TURN_SUFFIX, err);\n    if (fd < 0)", "TURN_SUFFIX, err);\n    if (fd >= 0)\n        return fd;\n"
     "    if (fd < 0)", "test_vault_turns"),
    ("V8 a key that another name has does not go", "agent/accounts/rotate/rotate.c",
     "if (xa_vault_shares_key(t->vault, name_of(t), s->keys.at[i].id, s->shared[i]))", "if (false)",
     "test_rotate"),
    ("V8 a new key that AWS takes no more gives way", "agent/accounts/rotate/took.c",
     "    t->flags |= ROTATE_NEW_REFUSED;\n    return true;", "    return false;", "test_rotate"),
    ("V8 proofs are of one key", "agent/accounts/rotate/took.c",
     "if (xa_slice_same(task_noted(t, \"proven\"), id))", "if (true)", "test_rotate"),
    ("V8 a key that another agent has stored is used", "agent/broker/inquiry.c",
     "broker_has_another_key(inquiry->broker, xa_slice_of(inquiry->source), record) ||", "",
     "test_rotate_others.py:TwoAgents.test_what_another_has_rotated_is_used_at_once"),
    ("V8 a time-out waits for a key that AWS makes", "agent/guard.c",
     " && !xa_vault_has_turn(agent->vault)", "",
     "test_rotate_others.py:LockedMeanwhile.test_a_time_out_waits_for_the_key"),
    ("V8 a save of a rotation is the next", "agent/work.c",
     "(!work->first || (*link)->first)", "true", "test_work"),
    ("V8 the stored key is not the one that goes", "agent/accounts/rotate/judge.c",
     "if (f->goes.len > 0 && xa_slice_same(f->goes, f->current))", "if (false)",
     "test_rotate_judge"),
    ("V8 what AWS has changed is saved though the client has left", "agent/handle_account.c",
     "!xa_task_is_committed(o->task) &&", "true &&",
     "test_rotate_interrupted.py:Interrupted.test_a_client_whose_patience_ends_takes_nothing_along"),
    ("V8 a new key is proven in a row", "agent/accounts/rotate/took.c", "#define PROOFS 3",
     "#define PROOFS 1",
     "test_rotate.py:TheGoodWay.test_a_new_key_takes_the_place_of_the_old_one"),
]


def chosen(words):
    return [control for control in CONTROLS
            if not words or any(word in control[0] for word in words)]


def pairs_of(control):
    """[(what stands there, what is put in its place)]."""
    _, _, old, new, _ = control
    return [(old, new)] if isinstance(old, str) else list(zip(old, new, strict=True))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def check(control):
    """What is no longer there of a control, as words; empty if all is."""
    _, file, _, _, test = control
    source = read(os.path.join(TOP, file))
    missing = [f"{file}: {was!r}" for was, _ in pairs_of(control) if was not in source]
    script, _, name = test.partition(":")
    if not script.endswith(".py"):
        missing += [script] * (not os.path.exists(os.path.join(TOP, "tests/unit", script + ".c")))
        return missing
    tests = read(os.path.join(TOP, "tests/e2e", script))
    missing += [f"{script}: {part}" for part in name.split(".") if part and
                f"def {part}(" not in tests and f"class {part}(" not in tests]
    return missing


def check_all(words):
    missing = [f"{control[0]}: not found: {what}" for control in chosen(words) for what in check(control)]
    print("\n".join(missing) if missing else f"all {len(chosen(words))} controls have their place")
    return 1 if missing else 0


def run(*command, **how):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **how)


def build(place):
    # CMake takes files less than a second apart for the same and would not install the new one.
    shutil.rmtree(place + "/build/prefix", ignore_errors=True)
    return run("cmake", "--build", place + "/build", "--target", "install")


def test_passes(place, test):
    if ".py" not in test:
        run("cmake", "--build", place + "/build", "--target", test)
        return run(f"{place}/build/tests/unit/{test}").returncode == 0
    file, _, name = test.partition(":")
    env = {**os.environ, "XACCT_PREFIX": place + "/build/prefix", "PYTHONPATH": place + "/source/tests/lib",
           "PYTHONDONTWRITEBYTECODE": "1"}
    return run("/usr/bin/python3", f"{place}/source/tests/e2e/{file}", *([name] if name else []), env=env).returncode == 0


def try_without(place, control):
    path = os.path.join(place, "source", control[1])
    before = read(path)
    pairs = pairs_of(control)
    if not all(was in before for was, _ in pairs):
        return "NOT FOUND"
    changed = before
    for was, becomes in pairs:
        changed = changed.replace(was, becomes)
    try:
        write(path, changed)
        built = build(place)
        if built.returncode != 0:
            return "DOES NOT BUILD\n" + built.stdout[-2000:]
        return "NOT NOTICED" if test_passes(place, control[4]) else "ok"
    finally:
        write(path, before)


def main():
    words = sys.argv[1:]
    if words[:1] == ["--check"]:
        return check_all(words[1:])
    place = tempfile.mkdtemp(prefix="xacct-controls-")
    os.chmod(place, 0o755)
    bad = 0
    try:
        shutil.copytree(TOP, place + "/source", ignore=shutil.ignore_patterns("build*", ".git"))
        run("cmake", "-S", place + "/source", "-B", place + "/build", "--preset", "dev", "-DXACCT_WERROR=OFF",
            "-DCMAKE_INSTALL_PREFIX=" + place + "/build/prefix")
        build(place)
        tests = sorted({control[4] for control in chosen(words)})
        broken = {test for test in tests if not test_passes(place, test)}
        for control in chosen(words):
            if control[4] in broken:
                bad += 1
                print(f"{'FAILS ANYWAY':12} {control[0]}  <- {control[4]}", flush=True)
                continue
            outcome = try_without(place, control)
            bad += outcome != "ok"
            print(f"{outcome:12} {control[0]}  <- {control[4]}", flush=True)
    finally:
        shutil.rmtree(place)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
