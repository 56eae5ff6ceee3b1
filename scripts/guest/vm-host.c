// SPDX-License-Identifier: GPL-2.0
/*
 * Ask the machine that runs this guest: vm-host REQUEST...
 *
 * Prints the answer. The exit status is 1 if the answer begins with "error" or if there is
 * no answer.
 *
 * A serial line may lose bytes. Requests and answers are "LENGTH ID TEXT", where LENGTH is
 * the number of bytes of "ID TEXT"; what has another length is ignored. A request without
 * an answer is sent again with the same ID, and the host answers it again without a second
 * execution. A request is a line. An answer is between two record separators.
 *
 * CLOCK=instructions: the guest's time is a count of its instructions, and jumps to the
 * next timer while the guest has nothing to do. A timeout would expire at once, before the
 * host had time to answer. So poll for the answer without a pause.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SEPARATOR	'\x1e'
#define SECONDS_POLLING	5	/* of guest time */
#define SECONDS_WAITING	30

static char request[4096];
static char record[1 << 20];
static size_t id_length;

static void make_request(char **words)
{
	unsigned int number;
	size_t length;

	/* unique is enough; the kernel may have started a moment ago */
	if (getrandom(&number, sizeof(number), GRND_INSECURE) != sizeof(number))
		err(1, "getrandom");
	id_length = sprintf(request, "%d.%u", getpid(), number);
	length = id_length;
	for (; *words; words++) {
		length += snprintf(request + length, sizeof(request) - length, " %s",
				   *words);
		if (length >= sizeof(request))
			errx(1, "request is too long");
	}
}

/* Open the serial port; a terminal may forget its settings when it is closed. */
static int open_port(void)
{
	char path[64] = "";
	FILE *file = fopen("/run/vm-host.port", "r");
	struct termios settings;
	int port = -1;

	if (file && fscanf(file, "%63s", path) == 1)
		port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0 || tcgetattr(port, &settings))
		errx(1, "no channel to the host");
	fclose(file);
	cfmakeraw(&settings);
	settings.c_cc[VMIN] = 0;	/* read() does not wait */
	settings.c_cc[VTIME] = 0;
	if (tcsetattr(port, TCSADRAIN, &settings))
		err(1, "%s", path);
	return port;
}

/* Return: the text of the record if it is the answer to the request, or NULL. */
static const char *answer_in_record(void)
{
	char *text;
	size_t length = strtoul(record, &text, 10);

	if (*text++ != ' ' || strlen(text) != length ||
	    strncmp(text, request, id_length) || text[id_length] != ' ')
		return NULL;
	return text + id_length + 1;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Return: the answer, or NULL if nothing came for so long. */
static const char *receive(int port, int counts_instructions)
{
	struct pollfd wait = { .fd = port, .events = POLLIN };
	int limit = counts_instructions ? SECONDS_POLLING : SECONDS_WAITING;
	int pause = counts_instructions ? 0 : 1000;
	time_t last = seconds();
	const char *answer;
	size_t length = 0;
	char byte;

	while (seconds() - last <= limit) {
		if (poll(&wait, 1, pause) <= 0)
			continue;
		last = seconds();
		while (read(port, &byte, 1) == 1) {
			if (byte != SEPARATOR) {
				if (length < sizeof(record) - 1)
					record[length++] = byte;
				continue;
			}
			record[length] = '\0';
			length = 0;
			answer = answer_in_record();
			if (answer)
				return answer;
		}
	}
	return NULL;
}

static void log_repetition(int attempt, int attempts)
{
	FILE *log = fopen("/dev/kmsg", "w"), *counts;
	char line[128];

	if (!log)
		return;
	fprintf(log, "vm-host: no answer to '%.200s'; sending it again (%d of %d)\n",
		request, attempt, attempts);
	fflush(log);
	/* a record for each port: bytes, overruns */
	counts = fopen("/proc/tty/driver/serial", "r");
	while (counts && fgets(line, sizeof(line), counts)) {
		fprintf(log, "vm-host: %s", line);
		fflush(log);
	}
	if (counts)
		fclose(counts);
	fclose(log);
}

int main(int argc, char **argv)
{
	const char *clock = getenv("CLOCK"), *answer;
	int counts_instructions = clock && !strcmp(clock, "instructions");
	int attempts = counts_instructions ? 400 : 40;
	int lock, attempt, port;

	if (argc < 2)
		errx(2, "no request");
	make_request(argv + 1);
	lock = open("/run/vm-host.lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		err(1, "/run/vm-host.lock");
	for (attempt = 1; attempt <= attempts; attempt++) {
		port = open_port();
		dprintf(port, "\n%zu %s\n", strlen(request), request);
		answer = receive(port, counts_instructions);
		if (answer) {
			puts(answer);
			return !strncmp(answer, "error", 5);
		}
		log_repetition(attempt, attempts);
		close(port);
	}
	errx(1, "no answer");
}
