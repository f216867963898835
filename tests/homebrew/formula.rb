# SPDX-License-Identifier: MIT
# What a formula is written against, as far as packaging/homebrew/entropyd.rb uses
# it: its steps run as they are written there. A word that brew has and this file
# has not is an error (NoMethodError), and so is a step that fails.
require "fileutils"
require "open3"
require "pathname"

# The `service` block: each word with its value. What brew's Service accepts.
class Service
  WORDS = %i[run keep_alive throttle_interval process_type log_path
             error_log_path].freeze
  attr_reader :words

  def read(formula, &block)
    @formula = formula
    @words = {}
    instance_eval(&block)
    self
  end

  WORDS.each do |word|
    define_method(word) { |value = nil, **pairs| @words[word] = value || pairs }
  end

  def opt_bin = @formula.bin
  def var = @formula.var
end

# One formula, installed below a prefix.
class Formula
  class << self
    attr_reader :dependencies, :facts, :service_block, :test_block

    def inherited(formula)
      super
      formula.instance_eval do
        @dependencies = []
        @facts = {}
      end
    end

    %i[desc homepage license].each do |word|
      define_method(word) { |value| @facts[word] = value }
    end

    def head(address, branch:) = @facts[:head] = [address, branch]

    def depends_on(what)
      @dependencies << (what.is_a?(Hash) ? what.keys.first : what)
    end

    def uses_from_macos(what) = (@facts[:from_macos] ||= []) << what
    def service(&block) = @service_block = block
    def test(&block) = @test_block = block
  end

  attr_reader :prefix, :testpath

  def place(prefix, testpath)
    @prefix = Pathname(prefix)
    @testpath = Pathname(testpath)
    self
  end

  def bin = prefix/"bin"
  def var = prefix/"var"
  def service = Service.new.read(self, &self.class.service_block)

  # As brew's own, https://docs.brew.sh/Formula-Cookbook, but without optimisation:
  # the steps are tried here, and other builds optimise what they build.
  def std_cmake_args
    ["-DCMAKE_INSTALL_PREFIX=#{prefix}", "-DCMAKE_INSTALL_LIBDIR=lib",
     "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O0",
     "-DCMAKE_FIND_FRAMEWORK=LAST", "-DCMAKE_VERBOSE_MAKEFILE=ON", "-Wno-dev",
     "-DBUILD_TESTING=OFF"]
  end

  def system(*command)
    text, status = Open3.capture2e(*command.map(&:to_s))
    return if status.success?

    abort "homebrew: #{command.join(" ")}: #{status}\n#{text[-4000..] || text}"
  end

  def spawn(*command, **options) = Process.spawn(*command.map(&:to_s), **options)

  def shell_output(command)
    text, status = Open3.capture2(command)
    abort "homebrew: #{command}: #{status}" unless status.success?
    text
  end

  def assert_match(pattern, text)
    abort "homebrew: #{text.inspect} is not #{pattern}" unless pattern.match?(text)
  end

  def run_test
    Dir.chdir(testpath) { instance_eval(&self.class.test_block) }
  end
end
