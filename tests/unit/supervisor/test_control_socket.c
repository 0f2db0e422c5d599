/* SPDX-License-Identifier: BSD-2-Clause */
/* test_control_socket.c - requests on the control socket, and their answers */
#define _GNU_SOURCE
#include <ev.h>
#include <json-c/json.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/control_protocol.h"
#include "shared/log.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console_attach.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_request.h"
#include "supervisor/control_socket.h"
#include "supervisor/roles/net_keeper.h"
#include "supervisor/status.h"

#include "unit/unit.h"

#define SERVE "{\"verb\": \"serve\", \"guest\": \"g1\"}\n"
#define UNSERVE "{\"verb\": \"unserve\", \"guest\": \"g1\"}\n"
#define BREAK "{\"verb\": \"break\", \"guest\": \"g1\"}\n"
#define YES "{\"version\":1,\"ok\":true}\n"
#define NO(why) "{\"version\":1,\"ok\":false,\"error\":\"" why "\"}\n"

static char directory[] = "/tmp/test_control_socket.XXXXXX";
static struct config config;
static struct net_keeper net_keeper;
static struct console_list consoles;
static struct control_socket *control;
static int client;

static console_done *waiting; /* whom the end of a serve is told */
static void *waiting_opaque;
static unsigned int breaks;
static bool is_unserved_at_once;

/* ---- what control_socket.c asks of others ---- */

int domains_find(struct domains *domains, const char *guest,
                 struct domain *domain)
{
    (void)domains;
    (void)guest;
    *domain = (struct domain){ .domid = 1 };
    return 0;
}

int console_serve(struct console_list *here, const struct domain *domain,
                  const char *options, console_done *done, void *opaque)
{
    (void)here;
    (void)domain;
    (void)options;
    assert_null(waiting);
    waiting = done;
    waiting_opaque = opaque;
    return 0;
}

int console_unserve(struct console_list *here, const char *guest,
                    const char *name, console_done *done, void *opaque)
{
    (void)here;
    (void)guest;
    (void)name;
    if (is_unserved_at_once)
        done(opaque, NULL);
    return is_unserved_at_once ? 0 : log_error("no console");
}

int console_break(struct console_list *here, const char *guest,
                  const char *name, console_done *done, void *opaque)
{
    (void)here;
    (void)guest;
    (void)name;
    breaks++;
    done(opaque, NULL);
    return 0;
}

void console_breaks_forget(struct console_list *here, void *opaque)
{
    (void)here;
    (void)opaque;
}

int console_attach(struct console_list *here,
                   const struct console_attach *wanted, bool *may_retry)
{
    (void)here;
    (void)wanted;
    *may_retry = false;
    return log_error("nobody to attach to");
}

void console_forget_request(struct console_list *here, void *opaque)
{
    (void)here;
    if (waiting_opaque == opaque)
        waiting = NULL;
}

int net_keeper_release(struct net_keeper *net, net_keeper_done *done,
                        void *opaque)
{
    (void)net;
    (void)done;
    (void)opaque;
    return log_error("no card");
}

int net_keeper_take(struct net_keeper *net, net_keeper_done *done,
                     void *opaque)
{
    (void)net;
    (void)done;
    (void)opaque;
    return log_error("no card");
}

void net_keeper_forget_request(struct net_keeper *net, void *opaque)
{
    (void)net;
    (void)opaque;
}

json_object *status_to_json(const struct console_list *here)
{
    (void)here;
    return json_object_new_object();
}

/* ---- the tests' words ---- */

static void run_loop(void)
{
    unsigned int i;

    for (i = 0; i < 8; i++)
        ev_run(consoles.loop, EVRUN_NOWAIT);
}

static void ask(const char *text)
{
    assert_int_equal(send(client, text, strlen(text), MSG_NOSIGNAL),
                     strlen(text));
    run_loop();
}

static void end_wait(const char *problem)
{
    console_done *done = waiting;

    assert_non_null(done);
    waiting = NULL;
    done(waiting_opaque, problem);
    run_loop();
}

/* wanted is "" when there must be no answer, and NULL when the connection must
 * be closed. */
static void assert_answered(const char *wanted)
{
    char text[4096];
    ssize_t bytes = recv(client, text, sizeof(text) - 1, MSG_DONTWAIT);

    assert_true(wanted ? bytes != 0 : bytes == 0);
    text[bytes > 0 ? bytes : 0] = '\0';
    if (wanted)
        assert_string_equal(text, wanted);
}

static int begin(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    (void)state;
    strcpy(strchr(directory, '.'), ".XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    config.directory = directory;
    consoles = (struct console_list){ .config = &config,
                                      .net = &net_keeper,
                                      .loop = ev_loop_new(0) };
    waiting = NULL;
    breaks = 0;
    is_unserved_at_once = false;
    control = control_socket_start(&consoles);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET,
             directory);
    return !control ||
           connect(client, (struct sockaddr *)&address, sizeof(address));
}

static int finish(void **state)
{
    (void)state;
    control_socket_stop(control);
    ev_loop_destroy(consoles.loop);
    close(client);
    return rmdir(directory);
}

/* ---- what is true ---- */

static void main_requests_behind_a_waiting_one_are_answered(void **state)
{
    (void)state;
    ask(SERVE BREAK BREAK);
    assert_answered("");
    assert_int_equal(breaks, 0);
    end_wait(NULL);
    assert_answered(YES YES YES);
    assert_int_equal(breaks, 2);
}

static void main_each_of_two_waiting_requests_is_answered(void **state)
{
    (void)state;
    ask(SERVE SERVE BREAK);
    end_wait("no");
    assert_answered(NO("no"));
    assert_int_equal(breaks, 0);
    end_wait(NULL);
    assert_answered(YES YES);
}

static void main_request_that_is_done_at_once_is_answered_in_turn(
    void **state)
{
    (void)state;
    is_unserved_at_once = true;
    ask(UNSERVE SERVE UNSERVE);
    assert_answered(YES);
    end_wait("no");
    assert_answered(NO("no") YES);
    is_unserved_at_once = false;
    ask(UNSERVE BREAK);
    assert_answered(NO("no console") YES);
}

static void main_requests_of_one_who_shut_down_are_answered(void **state)
{
    (void)state;
    ask(SERVE SERVE);
    shutdown(client, SHUT_WR);
    end_wait(NULL);
    assert_answered(YES);
    end_wait(NULL);
    assert_answered(YES);
    assert_answered(NULL);
}

static void main_half_a_request_waits_for_its_other_half(void **state)
{
    (void)state;
    ask(SERVE "{\"verb\": ");
    end_wait(NULL);
    assert_answered(YES);
    ask("\"break\", \"guest\": \"g1\"}\n");
    assert_answered(YES);
    assert_int_equal(breaks, 1);
}

/* Who waits meanwhile does not keep the supervisor busy, and is let in when
 * there is a descriptor again. */
static void trust_who_finds_no_descriptor_left_waits_for_one(void **state)
{
    struct rlimit limit, none;
    ev_tstamp begin;
    unsigned int i;
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){ next, limit.rlim_max };
    close(next);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    begin = ev_time();
    for (i = 0; i < 3; i++)
        ev_run(consoles.loop, EVRUN_ONCE); /* but for the first, a pause */
    assert_true(ev_time() > begin + 0.2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ev_run(consoles.loop, EVRUN_ONCE);
    ask(UNSERVE);
    assert_answered(NO("no console"));
}

#define control_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    control_test(main_requests_behind_a_waiting_one_are_answered),
    control_test(main_each_of_two_waiting_requests_is_answered),
    control_test(main_request_that_is_done_at_once_is_answered_in_turn),
    control_test(main_requests_of_one_who_shut_down_are_answered),
    control_test(main_half_a_request_waits_for_its_other_half),
    control_test(trust_who_finds_no_descriptor_left_waits_for_one),
};

UNIT_MAIN(tests)
